//! Backends against the real servers of `tests/bed` (start them with `tests/run`), and against servers that
//! misbehave on purpose.

mod certificates;
mod docker_actions;
pub mod docker_bed;
mod docker_faults;
mod docker_logs;
mod docker_loss;
mod docker_pages;
mod docker_recorder;
mod docker_usage;
mod docker_watch;
mod files;
mod guard_act;
pub mod guard_bed;
mod guard_change;
mod guard_read;
mod host_reads;
mod host_views;
mod incidents;
mod journal;
mod local_reading;
mod log_reading;
mod recording_full;
mod server_files;
mod server_logs;
mod servers_local;
mod servers_remote;
mod shells;
pub mod ssh_bed;
mod ssh_docker;
mod ssh_exec;
mod ssh_fake;
mod ssh_host_keys;
mod ssh_link;
mod ssh_login;
mod ssh_streams;
