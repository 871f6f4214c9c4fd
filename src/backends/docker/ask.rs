//! Answers questions about one container that are asked only when somebody looks.

use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::domain::fault::{Fault, FaultKind};
use crate::domain::ids::{ContainerId, ContainerKey};
use crate::domain::query::{Answer, Footprint, HealthResult, Inspect, ProcessTable, Query, VolumeUse};
use crate::domain::sanitize;

use super::client::{Docker, path};
use super::transport::HEADERS;

/// The engine adds up volumes file by file: it gets this long, then sizes stay unknown.
const SIZES: Duration = Duration::from_secs(8);
/// From this version on volumes are added up without layers.
const ONLY_VOLUMES: (u16, u16) = (1, 42);

/// Rows and columns kept of a process table.
const MAX_ROWS: usize = 10_000;
const MAX_COLUMNS: usize = 64;
/// Characters kept of a health check's output: the engine keeps 4096 bytes.
const MAX_OUTPUT: usize = 4096;

impl Docker {
    /// Answers a query.
    ///
    /// # Errors
    /// `Gone` when the container is; `Conflict` for processes of one that does not run; every link fault.
    pub async fn ask(&self, query: &Query) -> Result<Answer, Fault> {
        self.api().await?;
        match query {
            Query::Inspect(key) => Ok(Answer::Inspect(Box::new(pick(self.document(key, "").await?)))),
            Query::Processes(key) => self.processes(&key.id).await.map(Answer::Processes),
            Query::Footprint(key) => self.footprint(key).await.map(Answer::Footprint),
            Query::Server(_) | Query::Trend(_) => {
                Err(Fault::new(FaultKind::Bug, format!("{} is no engine", query.target())))
            }
        }
    }

    async fn document(&self, key: &ContainerKey, query: &str) -> Result<Value, Fault> {
        let doing = format!("inspect of {}", key.id.short());
        self.transport.json(&doing, &path(&key.id, &format!("/json{query}")), HEADERS).await
    }

    async fn processes(&self, id: &ContainerId) -> Result<ProcessTable, Fault> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Top {
            titles: Option<Vec<String>>,
            processes: Option<Vec<Vec<String>>>,
        }
        let doing = format!("processes of {}", id.short());
        let top: Top = self.transport.json(&doing, &path(id, "/top"), HEADERS).await?;
        let row = |row: Vec<String>| -> Vec<String> {
            row.iter().take(MAX_COLUMNS).map(|cell| sanitize::line(cell, 4096).into_owned()).collect()
        };
        Ok(ProcessTable {
            titles: row(top.titles.unwrap_or_default()),
            rows: top.processes.unwrap_or_default().into_iter().take(MAX_ROWS).map(row).collect(),
        })
    }

    async fn footprint(&self, key: &ContainerKey) -> Result<Footprint, Fault> {
        let layer = async {
            // The engine walks the writable layer for its size. Without an answer in time the rest still counts.
            match tokio::time::timeout(SIZES, self.document(key, "?size=1")).await {
                Ok(document) => document,
                Err(_) => self.document(key, "").await,
            }
        };
        let (document, sizes) = tokio::join!(layer, self.volume_sizes());
        let document = document?;
        let mounts = document.get("Mounts").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let volumes = mounts
            .iter()
            .filter(|m| text(m, &["Type"]) == "volume")
            .map(|m| {
                let raw = text(m, &["Name"]);
                VolumeUse {
                    name: sanitize::name(raw),
                    size_bytes: sizes.iter().find(|(name, _)| name == raw).map(|(_, size)| *size),
                    anonymous: raw.len() == 64 && raw.bytes().all(|b| b.is_ascii_hexdigit()),
                }
            })
            .collect();
        Ok(Footprint { writable_layer_bytes: document.get("SizeRw").and_then(Value::as_u64), volumes })
    }

    /// Sizes of volumes by name; none when the engine does not tell in time.
    async fn volume_sizes(&self) -> Vec<(String, u64)> {
        let only = self.transport.api().is_some_and(|api| api >= ONLY_VOLUMES);
        let path = if only { "/system/df?type=volume" } else { "/system/df" };
        let df: Result<Value, Fault> = self.transport.json("sizes of volumes", path, SIZES).await;
        df.map(|df| volumes(&df)).unwrap_or_default()
    }
}

/// Both shapes of the answer: a list, and from API 1.52 on one within an object.
fn volumes(df: &Value) -> Vec<(String, u64)> {
    let old = df.get("Volumes");
    let new = df.get("VolumeUsage").and_then(|u| u.get("Items").or_else(|| u.get("Volumes")));
    let list = old.or(new).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    list.iter()
        .filter_map(|v| {
            // -1 = not known.
            let size = v.get("UsageData")?.get("Size")?.as_u64()?;
            Some((text(v, &["Name"]).to_owned(), size))
        })
        .collect()
}

/// Picks what rows and dialogs show out of a whole document.
fn pick(document: Value) -> Inspect {
    let at = |path: &[&str]| path.iter().try_fold(&document, |v, key| v.get(key));
    let time = |path: &[&str]| {
        let at: Option<Timestamp> = at(path)?.as_str()?.parse().ok();
        // The year 1 stands for never.
        at.filter(|t| t.as_second() > 0)
    };
    let positive = |path: &[&str]| at(path).and_then(Value::as_u64).filter(|n| *n > 0);
    let quota = positive(&["HostConfig", "CpuQuota"]);
    let period = positive(&["HostConfig", "CpuPeriod"]).unwrap_or(100_000);
    let cpus = positive(&["HostConfig", "NanoCpus"])
        .map(|n| n as f64 / 1e9)
        .or_else(|| quota.map(|q| q as f64 / period as f64));
    let env = at(&["Config", "Env"]).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let health =
        at(&["State", "Health", "Log"]).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    Inspect {
        restart_count: at(&["RestartCount"]).and_then(Value::as_u64),
        oom_killed: at(&["State", "OOMKilled"]).and_then(Value::as_bool),
        started_at: time(&["State", "StartedAt"]),
        finished_at: time(&["State", "FinishedAt"]),
        stop_grace_s: at(&["Config", "StopTimeout"])
            .and_then(Value::as_u64)
            .and_then(|n| u32::try_from(n).ok()),
        has_tty: at(&["Config", "Tty"]).and_then(Value::as_bool).unwrap_or(false),
        restart_policy: policy(&document),
        memory_limit_bytes: positive(&["HostConfig", "Memory"]),
        cpus,
        env: env
            .iter()
            .filter_map(Value::as_str)
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
            .collect(),
        health_log: health
            .iter()
            .map(|entry| HealthResult {
                at: text(entry, &["End"]).parse().ok(),
                exit_code: entry.get("ExitCode").and_then(Value::as_i64).unwrap_or(-1),
                output: sanitize::block(text(entry, &["Output"]), MAX_OUTPUT),
            })
            .collect(),
        document,
    }
}

/// `on-failure:5`, as the command line takes it.
fn policy(document: &Value) -> Option<String> {
    let policy = document.get("HostConfig")?.get("RestartPolicy")?;
    let name = Some(text(policy, &["Name"])).filter(|n| !n.is_empty()).unwrap_or("no");
    let tries = policy.get("MaximumRetryCount").and_then(Value::as_u64).filter(|n| *n > 0);
    Some(match tries {
        Some(n) if name == "on-failure" => format!("on-failure:{n}"),
        _ => sanitize::name(name),
    })
}

fn text<'a>(value: &'a Value, path: &[&str]) -> &'a str {
    path.iter().try_fold(value, |v, key| v.get(key)).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_dialogs_need_is_picked() {
        let i = pick(json!({
            "RestartCount": 4,
            "State": {"OOMKilled": true, "StartedAt": "2026-11-21T12:04:14.32Z", "FinishedAt": "0001-01-01T00:00:00Z",
                "Health": {"Log": [{"End": "2026-11-21T12:04:14+01:00", "ExitCode": 1, "Output": "no\u{1b}[2J\nway"}]}},
            "Config": {"Tty": true, "StopTimeout": 30, "Env": ["A=b=c", "EMPTY=", "BARE"]},
            "HostConfig": {"Memory": 1024, "NanoCpus": 0, "CpuQuota": 50000, "CpuPeriod": 0, "RestartPolicy": {"Name": "on-failure", "MaximumRetryCount": 5}},
        }));
        assert_eq!(
            (i.restart_count, i.oom_killed, i.has_tty, i.stop_grace_s),
            (Some(4), Some(true), true, Some(30))
        );
        assert!(i.started_at.is_some() && i.finished_at.is_none());
        assert_eq!(
            (i.memory_limit_bytes, i.cpus, i.restart_policy.as_deref()),
            (Some(1024), Some(0.5), Some("on-failure:5"))
        );
        assert_eq!(
            i.env,
            [("A", "b=c"), ("EMPTY", ""), ("BARE", "")].map(|(k, v)| (k.to_owned(), v.to_owned()))
        );
        assert_eq!((i.health_log[0].exit_code, i.health_log[0].output.as_str()), (1, "no\nway"));
        assert_eq!(pick(Value::Null).restart_count, None);
    }

    #[test]
    fn sizes_in_both_shapes() {
        let v = json!([{"Name": "data", "UsageData": {"Size": 7}}, {"Name": "x", "UsageData": {"Size": -1}}, {"Name": "y"}]);
        assert_eq!(volumes(&json!({"Volumes": v})), [("data".to_owned(), 7)]);
        assert_eq!(volumes(&json!({"VolumeUsage": {"Items": v}})), [("data".to_owned(), 7)]);
        assert_eq!(volumes(&json!([])), []);
    }
}
