//! Decides what the process can still reach while it reads mail: even if a message took it over, it could open no
//! other file, start no program and talk to no other port.
//!
//! Linux only, by Landlock (files, TCP ports, signals) and seccomp (system calls, kinds of sockets); elsewhere, and on
//! a kernel without them, [`enter`] says so and nothing is held. What a system call filter cannot see is the address
//! behind a port: `net` keeps that, by refusing every host that was not configured.

use std::path::PathBuf;

/// What stays within reach. Paths that do not exist are left out.
#[derive(Clone, Debug, Default)]
pub struct Walls {
    /// Files and folders that are read.
    pub read: Vec<PathBuf>,
    /// Folders that are written to, with all that is in them.
    pub write: Vec<PathBuf>,
    /// TCP ports that may be connected to; empty: no network at all.
    pub ports: Vec<u16>,
}

/// What the kernel holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    pub files: bool,
    /// TCP by port.
    pub network: bool,
    /// Programs, other processes, and sockets that are not TCP.
    pub calls: bool,
}

impl Held {
    /// Whether all of it is.
    pub fn all(self) -> bool {
        self.files && self.network && self.calls
    }
}

/// What a reader needs beside what it was given: name service, authorities, time zones, and what the runtime asks.
const SYSTEM: &[&str] = &[
    "/etc/hosts",
    "/etc/resolv.conf",
    "/etc/nsswitch.conf",
    "/etc/host.conf",
    "/etc/gai.conf",
    "/etc/services",
    "/etc/ssl",
    "/etc/pki",
    "/etc/ca-certificates",
    "/usr/share/ca-certificates",
    "/usr/local/share/ca-certificates",
    "/usr/share/zoneinfo",
    "/etc/localtime",
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/etc/ld.so.cache",
    "/sys/fs/cgroup",
    "/proc/self",
    "/dev/urandom",
    "/dev/null",
];

/// Closes the walls around the calling thread and all that it starts from now on. There is no way back.
///
/// Call it before a runtime starts its threads, with names resolved and secrets obtained: afterwards no name can be
/// looked up over UDP and no command be run.
pub fn enter(walls: &Walls) -> Held {
    #[cfg(all(target_os = "linux", feature = "sandbox"))]
    {
        let (files, network) = linux::landlock(walls);
        Held { files, network, calls: linux::seccomp(walls.ports.is_empty()) }
    }
    #[cfg(not(all(target_os = "linux", feature = "sandbox")))]
    {
        let _ = walls;
        Held::default()
    }
}

/// Keeps the memory of this process, with the mail and the secrets in it, out of core dumps and away from debuggers
/// of the same user. Best effort: a system that cannot is not a reason to stop.
pub fn no_core_dumps() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    }
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        // A limit of 0 does not bind a system that pipes dumps to a program (systemd-coredump); this does.
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
}

#[cfg(all(target_os = "linux", feature = "sandbox"))]
mod linux {
    use std::collections::BTreeMap;
    use std::error::Error;

    use ::landlock::{
        ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, NetPort, Ruleset, RulesetAttr, RulesetCreatedAttr,
        RulesetError, Scope, path_beneath_rules,
    };
    use seccompiler::{
        BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    };

    use super::{SYSTEM, Walls};

    /// The first version of Landlock that knows signals and abstract sockets; older kernels hold what they can.
    const KNOWN: ABI = ABI::V6;

    /// Whether files and whether TCP ports are held.
    pub fn landlock(walls: &Walls) -> (bool, bool) {
        let with = |network: bool| -> Result<bool, RulesetError> {
            let level = if network { CompatLevel::HardRequirement } else { CompatLevel::BestEffort };
            let reading = AccessFs::ReadFile | AccessFs::ReadDir;
            // Programs are started by nobody, wherever they lie.
            let writing = AccessFs::from_all(KNOWN) & !AccessFs::Execute;
            let mut rules = Ruleset::default()
                .handle_access(AccessFs::from_all(KNOWN))?
                .scope(Scope::from_all(KNOWN))?
                .set_compatibility(level)
                .handle_access(AccessNet::from_all(KNOWN))?
                .set_compatibility(CompatLevel::BestEffort)
                .create()?
                .add_rules(path_beneath_rules(SYSTEM, reading))?
                .add_rules(path_beneath_rules(&walls.read, reading))?
                .add_rules(path_beneath_rules(&walls.write, writing))?;
            if network {
                for port in &walls.ports {
                    rules = rules.add_rule(NetPort::new(*port, AccessNet::ConnectTcp))?;
                }
            }
            let status = rules.restrict_self()?;
            Ok(status.ruleset != ::landlock::RulesetStatus::NotEnforced)
        };
        // A kernel that knows files alone (before 6.7) still holds those.
        match with(true) {
            Ok(held) => (held, held),
            Err(_) => (with(false).unwrap_or(false), false),
        }
    }

    /// Whether the filter of system calls is in place.
    pub fn seccomp(no_network: bool) -> bool {
        let build = || -> Result<(), Box<dyn Error>> {
            let filter = SeccompFilter::new(
                denied(no_network)?,
                SeccompAction::Allow,
                SeccompAction::Errno(u32::try_from(libc::EPERM)?),
                std::env::consts::ARCH.try_into()?,
            )?;
            let program: BpfProgram = filter.try_into()?;
            seccompiler::apply_filter(&program)?;
            Ok(())
        };
        build().is_ok()
    }

    /// System calls that reading mail never makes, and a program that took over would: an empty list of conditions
    /// denies the call whatever its arguments are.
    fn denied(no_network: bool) -> Result<BTreeMap<i64, Vec<SeccompRule>>, seccompiler::BackendError> {
        const NEVER: &[i64] = &[
            libc::SYS_execve,
            libc::SYS_execveat,
            libc::SYS_ptrace,
            libc::SYS_process_vm_readv,
            libc::SYS_process_vm_writev,
            libc::SYS_pidfd_getfd,
            libc::SYS_bind,
            libc::SYS_listen,
            // It makes sockets past this filter.
            libc::SYS_io_uring_setup,
            libc::SYS_bpf,
            libc::SYS_perf_event_open,
            libc::SYS_userfaultfd,
            libc::SYS_keyctl,
            libc::SYS_add_key,
            libc::SYS_request_key,
            libc::SYS_mount,
            libc::SYS_umount2,
            libc::SYS_move_mount,
            libc::SYS_open_tree,
            libc::SYS_pivot_root,
            libc::SYS_chroot,
            libc::SYS_setns,
            libc::SYS_unshare,
            libc::SYS_init_module,
            libc::SYS_finit_module,
            libc::SYS_kexec_load,
            libc::SYS_open_by_handle_at,
            libc::SYS_personality,
        ];
        let mut calls: BTreeMap<i64, Vec<SeccompRule>> = NEVER.iter().map(|call| (*call, Vec::new())).collect();
        let argument =
            |at: u8, op: SeccompCmpOp, value: u64| SeccompCondition::new(at, SeccompCmpArgLen::Dword, op, value);
        let sockets = if no_network {
            Vec::new()
        } else {
            let is = |value: i32| u64::try_from(value).unwrap_or_default();
            // Neither IPv4 nor IPv6; another kind than a stream (names were looked up before); another protocol than TCP.
            let mut rules = vec![
                SeccompRule::new(vec![
                    argument(0, SeccompCmpOp::Ne, is(libc::AF_INET))?,
                    argument(0, SeccompCmpOp::Ne, is(libc::AF_INET6))?,
                ])?,
                SeccompRule::new(vec![
                    argument(2, SeccompCmpOp::Ne, 0)?,
                    argument(2, SeccompCmpOp::Ne, is(libc::IPPROTO_TCP))?,
                ])?,
            ];
            for kind in [libc::SOCK_DGRAM, libc::SOCK_RAW, libc::SOCK_RDM, libc::SOCK_SEQPACKET, libc::SOCK_DCCP] {
                rules.push(SeccompRule::new(vec![argument(1, SeccompCmpOp::MaskedEq(0xf), is(kind))?])?);
            }
            rules
        };
        calls.insert(libc::SYS_socket, sockets);
        Ok(calls)
    }
}
