//! Why a server is slow, in one line: what tasks wait for, and what is busy.

use super::vitals::Vitals;
use crate::domain::quantity;

/// A stall below this is not worth a word, per cent.
const STALL: f64 = 10.0;
/// A disk below this is not the reason, per cent.
const BUSY: f64 = 60.0;

/// `None` when nothing waits.
pub fn cause(vitals: &Vitals) -> Option<String> {
    let (word, share) = vitals.stall.worst().filter(|(_, share)| *share >= STALL)?;
    let mut parts = vec![format!("{word} stall {share:.0} %")];
    let disk = vitals.busiest_disk().filter(|disk| disk.busy_percent.is_some_and(|busy| busy >= BUSY));
    if let Some(disk) = disk.filter(|_| word != "cpu") {
        let busy = disk.busy_percent.unwrap_or_default();
        let mut text = format!("{} {busy:.0} % busy", disk.name);
        for (rate, verb) in [(disk.written_bytes_per_s, "writing"), (disk.read_bytes_per_s, "reading")] {
            if let Some(rate) = rate.filter(|rate| *rate >= 1048576.0) {
                text += &format!(", {verb} {}", quantity::bytes_per_s(rate));
            }
        }
        parts.push(text);
    }
    match vitals.cpu {
        Some(cpu) if word == "cpu" => {
            let tasks = counted(vitals.running.into(), "task wants", "tasks want");
            parts.push(format!("{tasks} {}", counted(vitals.cpus.into(), "processor", "processors")));
            if cpu.steal >= STALL {
                parts.push(format!("the hypervisor takes {:.0} %", cpu.steal));
            }
        }
        _ => {}
    }
    if word == "mem" && vitals.memory.swap_used() > 0 {
        parts.push(format!("swapped out {}", quantity::bytes(vitals.memory.swap_used())));
    }
    Some(parts.join(", "))
}

fn counted(n: u64, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}
