//! Temperatures and fans as the kernel's hwmon tells them: a file for each figure, a line for each file.

use std::collections::BTreeMap;

use crate::domain::sanitize;
use crate::domain::server::heat::{Fan, Heat, Temperature};

/// More sensors than this are not kept.
const MOST: usize = 200;
/// Chips without a sensor at an input say nonsense, degrees Celsius.
const PLAUSIBLE: std::ops::Range<f64> = -60.0..250.0;

/// Reads lines like `/sys/class/hwmon/hwmon0/temp1_input:45000`, thousandths of a degree.
pub fn heat(text: &str) -> Heat {
    let mut files: BTreeMap<(&str, &str), &str> = BTreeMap::new();
    for line in text.lines() {
        let path = line.strip_prefix("/sys/class/hwmon/").and_then(|rest| rest.split_once(':'));
        if let Some((path, value)) = path
            && let Some((chip, file)) = path.split_once('/')
        {
            files.insert((chip, file), value.trim());
        }
    }
    let mut heat = Heat::default();
    for ((chip, file), value) in &files {
        let Some(sensor) = file.strip_suffix("_input") else { continue };
        let of = |what: &str| files.get(&(*chip, format!("{sensor}_{what}").as_str())).copied();
        let label = of("label").filter(|label| !label.is_empty()).unwrap_or(sensor);
        let chip = files.get(&(*chip, "name")).copied().unwrap_or(chip);
        let name = sanitize::name(&format!("{chip} {label}"));
        let degrees =
            |text: &str| text.parse::<f64>().ok().map(|n| n / 1000.0).filter(|c| PLAUSIBLE.contains(c));
        if sensor.starts_with("temp") && heat.temperatures.len() < MOST {
            // Some say that nothing is critical by a nought.
            let critical = of("crit").and_then(degrees).filter(|critical| *critical > 0.0);
            heat.temperatures.extend(degrees(value).map(|celsius| Temperature { name, celsius, critical }));
        } else if sensor.starts_with("fan") && heat.fans.len() < MOST {
            heat.fans.extend(value.parse().ok().map(|rpm| Fan { name, rpm }));
        }
    }
    heat
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LAPTOP: &str = "/sys/class/hwmon/hwmon0/name:acpitz\n/sys/class/hwmon/hwmon0/temp1_input:27800\n\
        /sys/class/hwmon/hwmon1/name:coretemp\n/sys/class/hwmon/hwmon1/temp1_input:91000\n\
        /sys/class/hwmon/hwmon1/temp1_label:Package id 0\n/sys/class/hwmon/hwmon1/temp1_crit:100000\n\
        /sys/class/hwmon/hwmon1/temp1_crit_alarm:0\n/sys/class/hwmon/hwmon2/name:nct6775\n\
        /sys/class/hwmon/hwmon2/fan1_input:1180\n/sys/class/hwmon/hwmon2/fan2_input:0\n\
        /sys/class/hwmon/hwmon2/temp7_input:-128000\n/sys/class/hwmon/hwmon2/temp8_input:\n";

    #[test]
    fn chips_with_and_without_labels() {
        let heat = heat(LAPTOP);
        let names: Vec<_> = heat.temperatures.iter().map(|t| (t.name.as_str(), t.celsius)).collect();
        assert_eq!(names, [("acpitz temp1", 27.8), ("coretemp Package id 0", 91.0)]);
        let hottest = heat.hottest().unwrap();
        assert_eq!(hottest.critical, Some(100.0));
        assert!(hottest.is_hot() && !hottest.is_critical());
        let fans: Vec<_> = heat.fans.iter().map(|fan| (fan.name.as_str(), fan.rpm)).collect();
        assert_eq!(fans, [("nct6775 fan1", 1180), ("nct6775 fan2", 0)]);
        assert_eq!(super::heat(""), Heat::default());
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(text in "((/sys/class/hwmon/|hwmon1/|temp1_(input|crit|label)|fan1_input|:|[0-9-]{1,9}|\\PC|\n){0,40})") {
            prop_assert!(heat(&text).temperatures.iter().all(|t| t.celsius.is_finite()));
        }
    }
}
