//! What the flight recorder has to tell, on its way to the panel.

use tokio::sync::mpsc;

use super::recorder::RecorderHandle;
use super::tasks::Tasks;
use crate::app::Msg;

/// Hands on how the recorder fares, and the list of capsules whenever there is another one.
pub fn forward(recorder: &RecorderHandle, tasks: &mut Tasks, messages: &mpsc::Sender<Msg>) {
    let (recorder, messages, stop) = (recorder.clone(), messages.clone(), tasks.stop());
    let news = async move {
        let mut status = recorder.status();
        let mut capsules = None;
        loop {
            let latest = status.borrow_and_update().clone();
            if capsules.replace(latest.capsules) != Some(latest.capsules) {
                match recorder.capsules().await {
                    Ok(all) => {
                        if messages.send(Msg::Capsules(all)).await.is_err() {
                            return;
                        }
                    }
                    // What cannot be read is told when somebody asks for it.
                    Err(fault) => tracing::debug!("capsules: {fault}"),
                }
            }
            if messages.send(Msg::Recorder(latest)).await.is_err() || status.changed().await.is_err() {
                return;
            }
        }
    };
    // The recorder lives as long as its handle, which is ours.
    tasks.spawn(
        "news of the recorder",
        async move { stop.run_until_cancelled_owned(news).await.unwrap_or(()) },
    );
}

/// Reads a capsule in the background.
pub fn read_capsule(recorder: &RecorderHandle, id: String, tasks: &mut Tasks, messages: &mpsc::Sender<Msg>) {
    let (recorder, messages) = (recorder.clone(), messages.clone());
    tasks.spawn("capsule", async move {
        let capsule = recorder.capsule(id).await.map(Box::new);
        // Nobody receives when the session ends.
        let _ = messages.send(Msg::Capsule(capsule)).await;
    });
}
