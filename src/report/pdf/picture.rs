//! Decides how a picture of the page is drawn on paper: its shapes by their classes, in the colours of the printed page.

use std::collections::BTreeMap;

use krilla::color::rgb;
use krilla::geom::{PathBuilder, Rect, Transform};
use krilla::num::NormalizedF32;
use krilla::paint::{Fill, LineCap, Paint, Pattern, Stroke, StrokeDash};
use krilla::surface::Surface;

use super::fonts::Fonts;
use super::tree::Element;

/// A colour of the printed page; the names are those of its style sheet.
pub(super) type Colour = (u8, u8, u8);

pub(super) const INK: Colour = (0x1b, 0x1f, 0x24);
pub(super) const SOFT: Colour = (0x4c, 0x55, 0x60);
pub(super) const LINE: Colour = (0x8a, 0x8f, 0x96);
pub(super) const HAIR: Colour = (0xd9, 0xd7, 0xcf);
pub(super) const TINT: Colour = (0xef, 0xec, 0xe3);
pub(super) const WHITE: Colour = (0xff, 0xff, 0xff);
pub(super) const PRIVATE: Colour = (0x8f, 0x1d, 0x4f);
pub(super) const BYSTANDER: Colour = (0x23, 0x48, 0x9c);
pub(super) const UNSURE: Colour = (0x7a, 0x52, 0x00);
pub(super) const HELD: Colour = (0x1e, 0x6b, 0x4f);
pub(super) const OTHER: Colour = (0x5a, 0x64, 0x70);
pub(super) const ALARM: Colour = (0x7d, 0x10, 0x20);

/// The colour that a class of people has wherever it is drawn.
pub(super) fn of_class(class: &str) -> Option<Colour> {
    Some(match class {
        "private" | "range" => PRIVATE,
        "bystander" => BYSTANDER,
        "unsure" => UNSURE,
        "held" => HELD,
        "other" => OTHER,
        _ => return None,
    })
}

pub(super) fn fill(colour: Colour) -> Fill {
    Fill { paint: rgb::Color::new(colour.0, colour.1, colour.2).into(), ..Fill::default() }
}

pub(super) fn stroke(colour: Colour, width: f32) -> Stroke {
    Stroke { paint: rgb::Color::new(colour.0, colour.1, colour.2).into(), width, ..Stroke::default() }
}

/// The patterns that tell classes apart without colour, made once for a document.
pub(super) type Patterns = BTreeMap<&'static str, Paint>;

pub(super) fn patterns(surface: &mut Surface<'_>) -> Patterns {
    let mut all = Patterns::new();
    type Lines = &'static [(f32, f32, f32, f32)];
    let hatched: [(&'static str, f32, f32, f32, f32, Lines); 4] = [
        ("bystander", 6.0, 6.0, 3.0, 45.0, &[(1.5, 0.0, 1.5, 6.0)]),
        ("range", 6.0, 6.0, 2.4, 45.0, &[(1.5, 0.0, 1.5, 6.0)]),
        ("other", 6.0, 4.0, 1.0, 0.0, &[(0.0, 1.0, 6.0, 1.0)]),
        ("held", 7.0, 7.0, 1.2, 0.0, &[(0.0, 0.0, 7.0, 7.0), (7.0, 0.0, 0.0, 7.0)]),
    ];
    for (name, width, height, thick, turn, lines) in hatched {
        let mut builder = surface.stream_builder();
        let mut inner = builder.surface();
        inner.set_stroke(Some(stroke(of_class(name).unwrap_or(INK), thick)));
        inner.set_fill(None);
        for &(x1, y1, x2, y2) in lines {
            let mut path = PathBuilder::new();
            path.move_to(x1, y1);
            path.line_to(x2, y2);
            if let Some(path) = path.finish() {
                inner.draw_path(&path);
            }
        }
        inner.finish();
        let transform = Transform::from_rotate(turn);
        all.insert(name, Pattern { stream: builder.finish(), transform, width, height }.into());
    }
    let mut builder = surface.stream_builder();
    let mut inner = builder.surface();
    inner.set_fill(Some(fill(UNSURE)));
    for at in [2.0, 5.0] {
        if let Some(path) = circle(at, at, 1.5) {
            inner.draw_path(&path);
        }
    }
    inner.finish();
    let pattern = Pattern { stream: builder.finish(), transform: Transform::identity(), width: 6.0, height: 6.0 };
    all.insert("unsure", pattern.into());
    all
}

/// The width and height of a picture's own coordinates.
pub(super) fn size(svg: &Element<'_>) -> (f32, f32) {
    let numbers = svg.get("viewBox").map(|value| value.split(' ').filter_map(|n| n.parse().ok()).collect::<Vec<f32>>());
    match numbers.as_deref() {
        Some(&[_, _, width, height]) if width > 0.0 && height > 0.0 => (width, height),
        _ => (1.0, 1.0),
    }
}

/// What a picture says to those who do not see it.
pub(super) fn description(svg: &Element<'_>) -> String {
    let said = |name| svg.elements().find(|child| child.name == name).map(Element::text);
    [said("title"), said("desc")].into_iter().flatten().collect::<Vec<_>>().join(". ")
}

/// Draws the picture with its corner here and in this size.
pub(super) fn draw(
    svg: &Element<'_>,
    at: (f32, f32),
    wanted: (f32, f32),
    fonts: &mut Fonts,
    patterns: &Patterns,
    surface: &mut Surface<'_>,
) {
    let (width, height) = size(svg);
    surface.push_transform(&Transform::from_row(wanted.0 / width, 0.0, 0.0, wanted.1 / height, at.0, at.1));
    for shape in svg.elements() {
        draw_shape(shape, fonts, patterns, surface);
    }
    surface.pop();
    surface.set_fill(None);
    surface.set_stroke(None);
}

fn draw_shape(shape: &Element<'_>, fonts: &mut Fonts, patterns: &Patterns, surface: &mut Surface<'_>) {
    let of = |name| shape.number(name).unwrap_or(0.0);
    let path = match shape.name {
        "rect" => rounded(of("x"), of("y"), of("width"), of("height"), of("rx")),
        "circle" => circle(of("cx"), of("cy"), of("r")),
        "path" => path(shape.get("d").unwrap_or_default()),
        "text" => return draw_text(shape, fonts, surface),
        _ => None,
    };
    let Some(path) = path else { return };
    let (inside, line) = look(shape, patterns);
    // A pattern lies on white, so that nothing shines through it.
    if inside.as_ref().is_some_and(|fill| patterns.values().any(|pattern| *pattern == fill.paint)) {
        surface.set_fill(Some(fill(WHITE)));
        surface.set_stroke(None);
        surface.draw_path(&path);
    }
    if inside.is_some() || line.is_some() {
        surface.set_fill(inside);
        surface.set_stroke(line);
        surface.draw_path(&path);
    }
}

/// Filled with what, and edged with what; the style sheet's rules for pictures.
fn look(shape: &Element<'_>, patterns: &Patterns) -> (Option<Fill>, Option<Stroke>) {
    let mut inside = Some(fill(INK));
    let mut line: Option<Stroke> = None;
    let thin = |colour, width, opacity: f32| Stroke {
        opacity: NormalizedF32::new(opacity).unwrap_or(NormalizedF32::ONE),
        ..stroke(colour, width)
    };
    for class in shape.classes() {
        match class {
            "private" | "b-private" | "dot-private" | "sure" => inside = Some(fill(PRIVATE)),
            "held" | "bystander" | "unsure" | "other" | "range" => {
                inside = patterns.get(class).map(|paint| Fill { paint: paint.clone(), ..Fill::default() });
            }
            "maybe" => (inside, line) = (Some(fill(WHITE)), Some(stroke(PRIVATE, 2.4))),
            // In the leaflet a grey dot, in the report an empty stretch.
            "rest" => inside = Some(fill(if shape.name == "circle" { HAIR } else { TINT })),
            "dot-bystander" => (inside, line) = (Some(fill(WHITE)), Some(stroke(BYSTANDER, 2.6))),
            "dot-unsure" => {
                let dash = Some(StrokeDash { array: vec![2.4, 2.0], offset: 0.0 });
                (inside, line) = (Some(fill(WHITE)), Some(Stroke { dash, ..stroke(UNSURE, 2.0) }));
            }
            "o-rest" => line = Some(stroke(HAIR, 1.0)),
            "edge" => line = Some(stroke(LINE, 1.0)),
            "thread" => (inside, line) = (None, Some(thin(LINE, 1.0, 0.55))),
            "t-bystander" => line = Some(thin(BYSTANDER, 1.0, 0.6)),
            "t-private" => line = Some(thin(PRIVATE, 1.0, 0.45)),
            "stem" => {
                let width = shape.number("stroke-width").unwrap_or(1.0);
                (inside, line) = (None, Some(Stroke { line_cap: LineCap::Round, ..thin(SOFT, width, 0.75) }));
            }
            "hub" => (inside, line) = (Some(fill(TINT)), Some(stroke(SOFT, 1.5))),
            "heart" => inside = Some(fill(INK)),
            "arc" => (inside, line) = (None, Some(stroke(HAIR, 7.0))),
            "line" => (inside, line) = (None, Some(stroke(INK, 2.5))),
            "l-private" => line = Some(stroke(PRIVATE, 2.5)),
            "l-bystander" => {
                let dash = Some(StrokeDash { array: vec![7.0, 4.0], offset: 0.0 });
                line = Some(Stroke { dash, ..stroke(BYSTANDER, 2.5) });
            }
            "area" => inside = Some(fill(TINT)),
            "grid" => line = Some(stroke(HAIR, 1.0)),
            "k-ground" => inside = Some(fill(WHITE)),
            _ => {
                if let Some(colour) = class.strip_prefix("o-").and_then(of_class) {
                    line = Some(stroke(colour, 1.5));
                }
            }
        }
    }
    (inside, line)
}

fn draw_text(text: &Element<'_>, fonts: &mut Fonts, surface: &mut Surface<'_>) {
    let size = text.number("font-size").unwrap_or(13.0);
    let bold = text.number("font-weight").is_some_and(|weight| weight >= 600.0);
    let colour = match () {
        () if text.has("quiet") => SOFT,
        () if text.has("on-heart") => WHITE,
        () => INK,
    };
    let word = fonts.word(&text.text(), bold);
    let before = match text.get("text-anchor") {
        Some("middle") => word.width * size / 2.0,
        Some("end") => word.width * size,
        _ => 0.0,
    };
    let (x, y) = (text.number("x").unwrap_or(0.0) - before, text.number("y").unwrap_or(0.0));
    surface.set_stroke(None);
    surface.set_fill(Some(fill(colour)));
    word.draw((x, y), size, surface);
}

/// How far a curve's handle stands from its end, for a quarter of a circle.
const QUARTER: f32 = 0.552_284_8;

pub(super) fn rounded(x: f32, y: f32, width: f32, height: f32, radius: f32) -> Option<krilla::geom::Path> {
    if width <= 0.0 || height <= 0.0 {
        return None;
    }
    let mut path = PathBuilder::new();
    let r = radius.min(width / 2.0).min(height / 2.0);
    if r <= 0.0 {
        path.push_rect(Rect::from_xywh(x, y, width, height)?);
        return path.finish();
    }
    let (right, low, k) = (x + width, y + height, r * (1.0 - QUARTER));
    path.move_to(x + r, y);
    path.line_to(right - r, y);
    path.cubic_to(right - k, y, right, y + k, right, y + r);
    path.line_to(right, low - r);
    path.cubic_to(right, low - k, right - k, low, right - r, low);
    path.line_to(x + r, low);
    path.cubic_to(x + k, low, x, low - k, x, low - r);
    path.line_to(x, y + r);
    path.cubic_to(x, y + k, x + k, y, x + r, y);
    path.close();
    path.finish()
}

fn circle(x: f32, y: f32, r: f32) -> Option<krilla::geom::Path> {
    rounded(x - r, y - r, 2.0 * r, 2.0 * r, r)
}

/// A path as the pictures write them: `M L H V Q A Z`, and `l`.
fn path(d: &str) -> Option<krilla::geom::Path> {
    let mut out = PathBuilder::new();
    let (mut x, mut y) = (0.0_f32, 0.0_f32);
    for (at, command) in d.char_indices().filter(|(_, c)| c.is_ascii_alphabetic()) {
        let rest = d.get(at + command.len_utf8()..).unwrap_or_default();
        let rest = rest.split(|c: char| c.is_ascii_alphabetic()).next().unwrap_or_default();
        let numbers: Vec<f32> = numbers(rest);
        let size = match command {
            'H' | 'V' => 1,
            'Q' => 4,
            'A' => 7,
            _ => 2,
        };
        if command == 'Z' || command == 'z' {
            out.close();
        }
        for (nth, of) in numbers.chunks_exact(size).enumerate() {
            match (command, of) {
                ('M', &[to_x, to_y]) if nth == 0 => {
                    (x, y) = (to_x, to_y);
                    out.move_to(x, y);
                }
                ('H', &[to]) => x = to,
                ('V', &[to]) => y = to,
                ('l', &[by_x, by_y]) => (x, y) = (x + by_x, y + by_y),
                ('Q', &[over_x, over_y, to_x, to_y]) => {
                    (x, y) = (to_x, to_y);
                    out.quad_to(over_x, over_y, x, y);
                }
                ('A', &[r, _, _, large, sweep, to_x, to_y]) => {
                    arc(&mut out, (x, y), (to_x, to_y), r, large > 0.5, sweep > 0.5);
                    (x, y) = (to_x, to_y);
                }
                (_, &[to_x, to_y]) => (x, y) = (to_x, to_y),
                _ => {}
            }
            let drawn = matches!(command, 'Q' | 'A') || (command == 'M' && nth == 0);
            if !drawn {
                out.line_to(x, y);
            }
        }
    }
    out.finish()
}

fn numbers(text: &str) -> Vec<f32> {
    let mut all = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches([' ', ',']);
        let end = rest
            .char_indices()
            .find(|&(at, c)| !(c.is_ascii_digit() || c == '.' || (c == '-' && at == 0)))
            .map_or(rest.len(), |(at, _)| at);
        let (number, after) = rest.split_at(end);
        match number.parse::<f32>() {
            Ok(number) if number.is_finite() => all.push(number),
            _ => return all,
        }
        rest = after;
    }
}

/// A piece of a circle, as curves of a quarter at most.
fn arc(out: &mut PathBuilder, from: (f32, f32), to: (f32, f32), radius: f32, large: bool, sweep: bool) {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let half = (dx * dx + dy * dy).sqrt() / 2.0;
    if half <= 0.0 || radius <= 0.0 {
        return out.line_to(to.0, to.1);
    }
    let r = radius.max(half);
    let off = (r * r - half * half).max(0.0).sqrt() * if large == sweep { -1.0 } else { 1.0 };
    let centre = ((from.0 + to.0) / 2.0 - off * dy / (2.0 * half), (from.1 + to.1) / 2.0 + off * dx / (2.0 * half));
    let angle = |point: (f32, f32)| (point.1 - centre.1).atan2(point.0 - centre.0);
    let (start, end) = (angle(from), angle(to));
    let whole = std::f32::consts::TAU;
    let mut turn = (end - start).rem_euclid(whole);
    if !sweep {
        turn -= whole;
    }
    let steps = (turn.abs() / std::f32::consts::FRAC_PI_2).ceil().clamp(1.0, 4.0);
    let step = turn / steps;
    let handle = r * 4.0 / 3.0 * (step / 4.0).tan();
    for nth in 0..steps as u8 {
        let (a, b) = (start + step * f32::from(nth), start + step * (f32::from(nth) + 1.0));
        let on = |angle: f32| (centre.0 + r * angle.cos(), centre.1 + r * angle.sin());
        let ((ax, ay), (bx, by)) = (on(a), on(b));
        out.cubic_to(
            ax - handle * a.sin(),
            ay + handle * a.cos(),
            bx + handle * b.sin(),
            by - handle * b.cos(),
            bx,
            by,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_as_pictures_write_them() {
        assert_eq!(numbers("324 324 0 0 1 751.4-527,.5"), [324.0, 324.0, 0.0, 0.0, 1.0, 751.4, -527.0, 0.5]);
        assert_eq!(numbers("1 x"), [1.0]);
    }

    #[test]
    fn every_path_of_the_pictures_is_drawn() {
        for d in ["M1.5 0V6", "M0 0L7 7M7 0L0 7", "M0 5H30", "M492.2 26.2A324 324 0 0 1 751.4 527", "M1 1l4 4Q1 2 3 4Z"]
        {
            assert!(path(d).is_some(), "{d}");
        }
        assert!(path("").is_none() && path("Z").is_none());
    }
}
