//! `pult doctor`.

use super::pult::Pult;
use crate::backends::docker_bed::{Bed, calm};

#[tokio::test]
async fn a_sound_installation_is_0() {
    let _calm = calm().await;
    let ran = Pult::at(Bed::Old).run(&["doctor"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.contains("docker:local  version: 20.10") && ran.out.contains("API 1.41"), "{}", ran.out);
    let json = Pult::at(Bed::New).json(&["doctor", "-o", "json"]);
    assert_eq!(json["ok"], true);
}

#[test]
fn what_is_wrong_is_1_with_a_hint() {
    let ran = Pult::alone().var("DOCKER_HOST", "unix:///nowhere.sock").run(&["doctor"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.out.contains("WRONG  docker:local  reach: unreachable") && ran.out.contains("→"),
        "{}",
        ran.out
    );
    let ran = Pult::alone().config("[[docker]]\nnmae = 3\n").run(&["doctor", "-o", "json"]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("did you mean `name`?"), "{}", ran.out);
    let ran = Pult::at(Bed::Old).var("PULT_STATE_DIR", "/proc/pult").run(&["doctor"]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("every action would be refused"), "{}", ran.out);
}
