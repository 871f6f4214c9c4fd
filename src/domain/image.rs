//! Names of images.

/// The name without tag and digest: what stays when a program is updated.
pub fn without_version(image: &str) -> &str {
    // One without a name is called by its digest alone.
    if image.starts_with("sha256:") {
        return image;
    }
    let name = image.split('@').next().unwrap_or(image);
    match name.rsplit_once(':') {
        // A colon before a slash is a registry's port.
        Some((name, tag)) if !tag.contains('/') => name,
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::without_version;

    #[test]
    fn tags_and_digests_are_left_out() {
        for (image, name) in [
            ("web", "web"),
            ("web:2.4.1", "web"),
            ("hub.example:5000/team/web", "hub.example:5000/team/web"),
            ("hub.example:5000/team/web:2", "hub.example:5000/team/web"),
            ("web:2@sha256:aa", "web"),
            ("sha256:aabb", "sha256:aabb"),
            ("", ""),
        ] {
            assert_eq!(without_version(image), name, "{image}");
        }
    }
}
