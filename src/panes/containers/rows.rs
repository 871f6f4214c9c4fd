//! The rows of the list: filtered, sorted, grouped by compose project, with what just came and what just went.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;

use crate::domain::container::{Container, State};
use crate::domain::container_fields::{ContainerRow, FIELDS, specs};
use crate::domain::docker::DockerHost;
use crate::domain::filter::{Filter, Value, natural_order};
use crate::domain::ids::{ContainerKey, TargetId};
use crate::domain::usage::Usage;
use crate::domain::world::World;

/// Usage older than this is not shown as current, seconds.
pub const FRESH_USAGE_S: i64 = 12;
/// How long a new row carries its sign and a gone one stays, seconds.
pub const LINGER_S: i64 = 3;

/// A compose project on one engine; `None` = containers without a project.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GroupKey {
    pub target: TargetId,
    pub project: Option<Arc<str>>,
}

/// What stays the same when rows move.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum RowId {
    Group(GroupKey),
    Container(ContainerKey),
}

/// Sums over a group's containers that match the filter, folded ones included.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Totals {
    pub running: usize,
    pub total: usize,
    /// Containers that need attention.
    pub attention: usize,
    /// `None` when not one of them was measured.
    pub cpu_percent: Option<f64>,
    pub memory_bytes: Option<u64>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Row {
    /// `members` are those that match the filter, folded away or not: what the totals count and actions take.
    Group {
        key: GroupKey,
        totals: Totals,
        folded: bool,
        members: Vec<Arc<Container>>,
    },
    Container {
        container: Arc<Container>,
        indent: bool,
        age: RowAge,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowAge {
    Settled,
    /// Came within the last seconds.
    Fresh,
    /// Is gone; its last picture stays for some seconds.
    Gone,
}

impl Row {
    pub fn id(&self) -> RowId {
        match self {
            Self::Group { key, .. } => RowId::Group(key.clone()),
            Self::Container { container, .. } => RowId::Container(container.key()),
        }
    }

    pub fn container(&self) -> Option<&Arc<Container>> {
        match self {
            Self::Container { container, .. } => Some(container),
            Self::Group { .. } => None,
        }
    }
}

/// How the list is arranged. Part of what is remembered.
#[derive(Debug, Clone)]
pub struct Arrangement {
    /// Index into [`FIELDS`].
    pub sort: usize,
    pub descending: bool,
    pub grouped: bool,
    pub filter: Filter,
    pub folded: HashSet<GroupKey>,
}

type ByKey = HashMap<ContainerKey, Arc<Container>>;

/// What came and what went. The first picture of an engine is not news.
#[derive(Debug, Default)]
pub struct Arrivals {
    /// Every engine's picture as last seen, and its containers by key.
    known: HashMap<TargetId, (Arc<DockerHost>, ByKey)>,
    fresh: HashMap<ContainerKey, Timestamp>,
    gone: BTreeMap<ContainerKey, (Timestamp, Arc<Container>)>,
}

impl Arrivals {
    /// Compares with the world as last seen. True when some engine's containers are others now.
    pub fn observe(&mut self, world: &World, now: Timestamp) -> bool {
        let mut changed = false;
        let recent = |at: &Timestamp| now.as_second() - at.as_second() < LINGER_S;
        self.fresh.retain(|_, at| recent(at));
        self.gone.retain(|_, (at, _)| recent(at));
        for (target, remote) in &world.docker {
            let Some(host) = &remote.value else { continue };
            // Figures come every second, pictures seldom.
            if self.known.get(target).is_some_and(|(seen, _)| Arc::ptr_eq(seen, host)) {
                continue;
            }
            changed = true;
            let present: ByKey = host.containers.iter().map(|c| (c.key(), c.clone())).collect();
            if let Some((_, before)) = self.known.get(target) {
                for key in present.keys().filter(|k| !before.contains_key(k)) {
                    self.fresh.insert(key.clone(), now);
                    self.gone.remove(key);
                }
                for (key, container) in before.iter().filter(|(k, _)| !present.contains_key(k)) {
                    self.gone.insert(key.clone(), (now, container.clone()));
                }
            }
            self.known.insert(target.clone(), (host.clone(), present));
        }
        changed
    }

    /// When the next sign disappears.
    pub fn next_change(&self) -> Option<Timestamp> {
        let stamps = self.fresh.values().chain(self.gone.values().map(|(at, _)| at));
        stamps.min().map(|at| *at + jiff::SignedDuration::from_secs(LINGER_S))
    }

    fn age(&self, key: &ContainerKey) -> RowAge {
        if self.fresh.contains_key(key) { RowAge::Fresh } else { RowAge::Settled }
    }
}

/// A fresh usage of a container.
pub fn usage_of<'a>(world: &'a World, c: &Container, now: Timestamp) -> Option<&'a Usage> {
    if !c.state.has_processes() {
        return None;
    }
    world.usage.get(&c.key())?.fresh(now, FRESH_USAGE_S)
}

/// The result of an arrangement.
#[derive(Debug, Default)]
pub struct Rows {
    pub rows: Vec<Row>,
    /// Containers that match the filter, and all there are.
    pub matching: usize,
    pub total: usize,
}

/// Arranges the world's containers. `hold` is the present order of containers: when given, rows keep it and
/// new ones come last, so that nothing moves under a hand that is typing.
pub fn arrange(
    world: &World,
    how: &Arrangement,
    arrivals: &Arrivals,
    now: Timestamp,
    hold: Option<&[Row]>,
) -> Rows {
    let mut total = 0;
    let mut items: Vec<Item> = Vec::new();
    let live = world.containers().map(|c| (c, None));
    let gone = arrivals.gone.values().map(|(_, c)| (c, Some(RowAge::Gone)));
    for (container, age) in live.chain(gone) {
        total += usize::from(age.is_none());
        let row = ContainerRow { container, usage: usage_of(world, container, now), now };
        if how.filter.matches(specs(), |i| (FIELDS[i].get)(&row)) {
            let age = age.unwrap_or_else(|| arrivals.age(&container.key()));
            items.push(Item { container, age, value: (FIELDS[how.sort].get)(&row), usage: row.usage });
        }
    }
    let matching = items.iter().filter(|i| i.age != RowAge::Gone).count();
    match hold {
        Some(rows) => keep_order(&mut items, rows),
        None => items.sort_by(|a, b| compare(&a.value, &b.value, how.descending).then_with(|| a.by_name(b))),
    }
    let any_project = items.iter().any(|i| i.container.project.is_some());
    let rows = if how.grouped && any_project {
        group(items, how, hold)
    } else {
        items.into_iter().map(|i| i.row(false)).collect()
    };
    Rows { rows, matching, total }
}

struct Item<'a> {
    container: &'a Arc<Container>,
    age: RowAge,
    value: Value<'a>,
    usage: Option<&'a Usage>,
}

impl Item<'_> {
    fn by_name(&self, other: &Self) -> std::cmp::Ordering {
        natural_order(&self.container.name, &other.container.name)
            .then_with(|| self.container.target.cmp(&other.container.target))
            .then_with(|| self.container.id.cmp(&other.container.id))
    }

    fn row(self, indent: bool) -> Row {
        Row::Container { container: self.container.clone(), indent, age: self.age }
    }
}

/// Absent values stay last in both directions.
fn compare(a: &Value, b: &Value, descending: bool) -> std::cmp::Ordering {
    match (a, b) {
        (Value::Absent, _) | (_, Value::Absent) => a.order(b),
        _ if descending => b.order(a),
        _ => a.order(b),
    }
}

fn keep_order(items: &mut [Item], rows: &[Row]) {
    let place: HashMap<ContainerKey, usize> =
        rows.iter().enumerate().filter_map(|(i, row)| Some((row.container()?.key(), i))).collect();
    let at = |item: &Item| place.get(&item.container.key()).copied().unwrap_or(usize::MAX);
    items.sort_by(|a, b| at(a).cmp(&at(b)).then_with(|| a.by_name(b)));
}

fn group<'a>(items: Vec<Item<'a>>, how: &Arrangement, hold: Option<&[Row]>) -> Vec<Row> {
    let mut groups: BTreeMap<GroupKey, (Totals, Vec<Item<'a>>)> = BTreeMap::new();
    for item in items {
        let key = GroupKey {
            target: item.container.target.clone(),
            project: item.container.project.as_deref().map(Into::into),
        };
        let (totals, members) = groups.entry(key).or_default();
        if item.age != RowAge::Gone {
            totals.total += 1;
            totals.running += usize::from(item.container.state == State::Running);
            totals.attention += usize::from(item.container.needs_attention());
            if let Some(usage) = item.usage {
                totals.cpu_percent = sum(totals.cpu_percent, usage.cpu_percent);
                totals.memory_bytes = match (totals.memory_bytes, usage.memory_bytes) {
                    (None, None) => None,
                    (a, b) => Some(a.unwrap_or(0) + b.unwrap_or(0)),
                };
            }
        }
        members.push(item);
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    match hold {
        Some(rows) => {
            let place: HashMap<&GroupKey, usize> = rows
                .iter()
                .enumerate()
                .filter_map(|(i, row)| if let Row::Group { key, .. } = row { Some((key, i)) } else { None })
                .collect();
            groups.sort_by_key(|(key, _)| place.get(key).copied().unwrap_or(usize::MAX));
        }
        None => groups.sort_by(|(a, (at, _)), (b, (bt, _))| group_order(a, at, b, bt, how)),
    }
    let mut rows = Vec::new();
    for (key, (totals, members)) in groups {
        let folded = how.folded.contains(&key);
        let present = members.iter().filter(|m| m.age != RowAge::Gone).map(|m| m.container.clone());
        rows.push(Row::Group { key, totals, folded, members: present.collect() });
        if !folded {
            rows.extend(members.into_iter().map(|item| item.row(true)));
        }
    }
    rows
}

/// Groups follow the sort where it has a total; else they stand by name, those without a project last.
fn group_order(
    a: &GroupKey,
    at: &Totals,
    b: &GroupKey,
    bt: &Totals,
    how: &Arrangement,
) -> std::cmp::Ordering {
    let total = |t: &Totals| match FIELDS[how.sort].spec.id {
        "cpu" => Value::number(t.cpu_percent),
        "mem" => Value::number(t.memory_bytes.map(|m| m as f64)),
        _ => Value::Absent,
    };
    let by_name = || match (&a.project, &b.project) {
        (Some(x), Some(y)) => {
            let order = natural_order(x, y);
            if how.descending && FIELDS[how.sort].spec.id == "name" { order.reverse() } else { order }
        }
        (x, y) => y.is_some().cmp(&x.is_some()),
    };
    compare(&total(at), &total(bt), how.descending).then_with(by_name).then_with(|| a.target.cmp(&b.target))
}

fn sum(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    match (a, b) {
        (None, None) => None,
        (a, b) => Some(a.unwrap_or(0.0) + b.unwrap_or(0.0)),
    }
}
