//! The list of containers: all of them, or some by their ids.

use std::sync::Arc;

use crate::backends::clock;
use crate::domain::container::Container;
use crate::domain::fault::Fault;
use crate::domain::filter::natural_order;
use crate::domain::ids::ContainerId;

use super::client::Docker;
use super::convert::{self, Summary};
use super::transport::{LIST, encode};

impl Docker {
    /// All containers, stopped ones too, sorted by name. Sizes are not asked for: the engine would walk
    /// every layer.
    ///
    /// # Errors
    /// Every link fault, and what the engine or a proxy refuses.
    pub async fn list(&self) -> Result<Vec<Arc<Container>>, Fault> {
        let mut rows: Vec<_> = self.list_rows(&[]).await?.into_iter().map(Arc::new).collect();
        sort(&mut rows);
        Ok(rows)
    }

    /// Those of the given containers that exist, or all when `ids` is empty; unsorted.
    pub(super) async fn list_rows(&self, ids: &[ContainerId]) -> Result<Vec<Container>, Fault> {
        self.api().await?;
        let filter = if ids.is_empty() {
            String::new()
        } else {
            let ids: Vec<&str> = ids.iter().map(|id| &*id.0).collect();
            format!("&filters={}", encode(&serde_json::json!({ "id": ids }).to_string()))
        };
        let doing = format!("list of containers at {}", self.id);
        let found: Vec<Summary> =
            self.transport.json(&doing, &format!("/containers/json?all=1{filter}"), LIST).await?;
        let now = clock::now();
        Ok(found.into_iter().filter_map(|s| convert::container(&self.id, s, now)).collect())
    }
}

/// By name as people read it (`web-2` before `web-10`), then by id.
pub(super) fn sort(rows: &mut [Arc<Container>]) {
    rows.sort_by(|a, b| natural_order(&a.name, &b.name).then_with(|| a.id.cmp(&b.id)));
}
