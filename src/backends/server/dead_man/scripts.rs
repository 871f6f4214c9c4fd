//! What runs on the server. Each is fixed; `$1` is the id of a change.
//!
//! The folder `/run/pult-undo-ID` holds how it stood. Whoever makes the folder `decided` within it decides: the
//! timer, that the change is undone, or we, that it stays.

/// The exit code of [`DISARM`] when the timer was there first.
pub const FIRED: i32 = 9;

/// `$2` seconds, `$3` the snapshot's script, `$4` the undoing's. A timer that is not exact to the minute is of no
/// use here, hence the accuracy.
pub const ARM: &str = "umask 077; d=/run/pult-undo-$1; mkdir \"$d\" || exit 1
off() { rm -rf \"$d\"; echo \"$1\" >&2; exit 1; }
/bin/sh -c \"$3\" sh \"$d\" || off \"how it stands could not be written down\"
printf 'mkdir \"$1/decided\" 2>/dev/null || exit 0\\n%s\\necho $? >\"$1/undone\"\\n' \"$4\" >\"$d/undo\" || off \"/run is full\"
if test -d /run/systemd/system && command -v systemd-run >/dev/null
then systemd-run --quiet --collect --on-active=\"$2\" --timer-property=AccuracySec=100ms --unit=\"pult-undo-$1\" /bin/sh \"$d/undo\" \"$d\" || off \"systemd sets no timer\"
else command -v setsid >/dev/null || off \"there is neither systemd nor setsid to take it back\"
setsid /bin/sh -c 'sleep \"$1\"; exec /bin/sh \"$2/undo\" \"$2\"' sh \"$2\" \"$d\" </dev/null >/dev/null 2>&1 &
fi";

/// The process that sleeps where there is no systemd finds its folder gone, and ends.
pub const DISARM: &str = "d=/run/pult-undo-$1; mkdir \"$d/decided\" 2>/dev/null || exit 9
if test -d /run/systemd/system; then systemctl stop \"pult-undo-$1.timer\" 2>/dev/null; fi
rm -rf \"$d\"; exit 0";

/// Does at once what the timer would do.
pub const UNDO_NOW: &str = "d=/run/pult-undo-$1; /bin/sh \"$d/undo\" \"$d\"; r=$(cat \"$d/undone\") || exit 1
if test -d /run/systemd/system; then systemctl stop \"pult-undo-$1.timer\" 2>/dev/null; fi
test \"$r\" = 0 && rm -rf \"$d\"; exit \"$r\"";

/// Tells how the timer's undoing ended, once it has.
pub const REPORT: &str =
    "d=/run/pult-undo-$1; i=0; while test $i -lt 20 && ! test -s \"$d/undone\"; do sleep 1; i=$((i+1)); done
r=$(cat \"$d/undone\") || exit 1; test \"$r\" = 0 && rm -rf \"$d\"; exit \"$r\"";
