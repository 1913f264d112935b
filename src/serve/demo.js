'use strict';
// What the server streams is kept and played at the presenter's pace; nothing is computed here but sums of what came.
const at = id => document.getElementById(id);
const words = {};
let mails = [], records = [], end = null, shown = 0, speed = 1, playing = false, timer = 0, guesses = [], begun = false;
const counters = ['shared', 'private', 'bystander', 'unsure'];
const number = n => n.toLocaleString(document.documentElement.lang);

const stream = new EventSource('/stream');
stream.addEventListener('words', event => Object.assign(words, JSON.parse(event.data)));
stream.addEventListener('mail', event => { mails.push(JSON.parse(event.data)); });
stream.addEventListener('record', event => { records.push(JSON.parse(event.data)); });
stream.addEventListener('end', event => { end = JSON.parse(event.data); stream.close(); });

function element(name, text, kind) {
  const made = document.createElement(name);
  made.textContent = text;
  if (kind) made.className = kind;
  return made;
}

function step() {
  if (shown >= mails.length) {
    if (end && mails.length) finish();
    return;
  }
  const mail = mails[shown++];
  at('date').textContent = mail.date;
  at('count').textContent = number(shown) + ' / ' + number(mail.total);
  at('progress').max = mail.total;
  at('progress').value = shown;
  for (const key of counters) at(key).textContent = number(mail[key]);
  bets(mail.shared);
  const line = element('li', '');
  line.append(element('span', mail.from, 'from'), ' ', element('span', mail.subject, 'what'));
  for (const hit of mail.found) {
    const row = element('span', '', 'hit ' + hit.kind);
    row.append((hit.kind === 'bystander' ? '◇ ' : '● '), element('b', hit.who), ' ' + hit.how);
    line.append(row);
  }
  at('mails').prepend(line);
  while (at('mails').children.length > 14) at('mails').lastChild.remove();
  cards();
}

function known() {
  const day = shown ? mails[shown - 1].date : '';
  return records.filter(record => record.first <= day || shown === mails.length && end);
}

function cards() {
  const all = known(), wanted = at('q').value.trim().toLowerCase();
  at('records').textContent = number(all.length);
  const found = wanted ? all.filter(record => record.text.includes(wanted)) : all.slice(-4).reverse();
  const list = found.slice(0, 12).map(record => {
    const card = element('li', '');
    card.append(element('div', record.name, 'name'));
    for (const line of record.lines) card.append(element('div', line, 'more'));
    card.append(element('div', record.confirmed, 'by'));
    if (record.never) card.append(element('div', words.never, 'never'));
    return card;
  });
  if (wanted && !list.length) list.push(element('li', words.nobody));
  at('cards').replaceChildren(...list);
}

function decide() {
  if (!end || at('rules').disabled) return;
  let rules = 0;
  for (const box of document.querySelectorAll('#rules input')) if (box.checked) rules |= Number(box.value);
  const now = end.rules[rules];
  at('r-private').textContent = number(now.private);
  at('r-bystander').textContent = number(now.bystander);
  at('r-unsure').textContent = number(now.unsure);
  at('r-lost').textContent = number(now.lost);
  at('verdict').textContent = words.left.replace('#', number(now.private + now.bystander + now.unsure)).replace('#', number(now.lost));
}

function finish() {
  pause();
  if (!at('rules').disabled) return;
  at('rules').disabled = false;
  decide();
  if (guesses.length) at('guesses').textContent = words.guessed.replace('#', guesses.map(number).join(', ')).replace('#', number(end.high));
  document.body.dataset.done = 'yes';
}

// The guesses stand below the counter; what it has passed is struck out.
function bets(shared) {
  at('bets').hidden = !guesses.length;
  at('bets').replaceChildren(words.bet || '', ...guesses.flatMap(n => [' ', element(n < shared ? 's' : 'b', number(n))]));
}

function pause() { playing = false; clearInterval(timer); }
function play() {
  pause();
  playing = true;
  timer = setInterval(step, 420 / speed);
}

function reset() {
  pause();
  shown = 0; guesses = []; begun = false;
  delete document.body.dataset.done;
  at('mails').replaceChildren();
  at('guesses').textContent = '';
  at('rules').disabled = true;
  for (const key of ['r-private', 'r-bystander', 'r-unsure', 'r-lost']) at(key).textContent = '–';
  at('verdict').textContent = words.wait || '';
  at('date').textContent = '–';
  for (const key of [...counters, 'records', 'count']) at(key).textContent = '0';
  at('progress').value = 0;
  at('cards').replaceChildren();
  bets(0);
  at('q').value = at('guess').value = '';
  for (const box of document.querySelectorAll('#rules input')) box.checked = box.defaultChecked;
  ask();
}

function ask() { if (!at('ask').open) at('ask').showModal(); at('guess').focus(); }

at('ask').addEventListener('close', () => {
  guesses = (at('guess').value.match(/\d+/g) || []).slice(0, 3).map(Number).filter(Number.isSafeInteger);
  begun = true;
  bets(0);
  play();
});
at('q').addEventListener('input', cards);
at('rules').addEventListener('change', decide);

document.addEventListener('keydown', event => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const typing = event.target.matches && event.target.matches('input:not([type=checkbox])');
  if (event.key === 'Escape' && typing) { event.preventDefault(); event.target.blur(); return; }
  if (typing || at('ask').open) return;
  const toggling = event.key === ' ' && event.target.matches && event.target.matches('input, button');
  const done = () => event.preventDefault();
  switch (event.key) {
    case '1': case '2': case '3':
      at('p' + event.key).focus();
      if (event.key === '2') at('q').focus();
      if (event.key === '3') { const box = document.querySelector('#rules input'); if (box && !at('rules').disabled) box.focus(); }
      return done();
    case ' ': if (toggling) return; if (begun) playing ? pause() : play(); return done();
    case 'ArrowRight': speed = Math.min(16, speed * 2); if (playing) play(); else step(); return done();
    case 'ArrowLeft': speed = Math.max(.25, speed / 2); if (playing) play(); return done();
    case 'r': case 'R': reset(); return done();
    case 'b': case 'B': at('black').hidden = !at('black').hidden; return done();
    case 'd': case 'D': document.documentElement.classList.toggle('light'); return done();
    case '?': at('help').open ? at('help').close() : at('help').showModal(); return done();
  }
});
ask();
