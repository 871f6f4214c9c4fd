//! Exit codes of containers in words.

/// What an exit code usually means, or `None` when only the program's author knows.
///
/// 125–127 are the engine's own (docker run reference); above 128 it is 128 + signal number.
pub fn meaning(code: i64, oom_killed: bool) -> Option<&'static str> {
    if oom_killed {
        return Some("out of memory");
    }
    Some(match code {
        0 => "finished",
        125 => "the engine could not run it",
        126 => "command not executable",
        127 => "command not found",
        129 => "hung up (SIGHUP)",
        130 => "interrupted (SIGINT)",
        131 => "quit (SIGQUIT)",
        132 => "illegal instruction (SIGILL)",
        134 => "aborted (SIGABRT)",
        135 => "bus error (SIGBUS)",
        136 => "arithmetic error (SIGFPE)",
        137 => "killed (SIGKILL)",
        139 => "segmentation fault (SIGSEGV)",
        141 => "broken pipe (SIGPIPE)",
        143 => "terminated (SIGTERM)",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::meaning;

    #[test]
    fn out_of_memory_wins_over_the_signal() {
        assert_eq!(meaning(137, true), Some("out of memory"));
        assert_eq!(meaning(137, false), Some("killed (SIGKILL)"));
        assert_eq!(meaning(3, false), None);
    }
}
