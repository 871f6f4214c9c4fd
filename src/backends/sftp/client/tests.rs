//! A server that misbehaves in the ways that the protocol allows.

use tokio::io::DuplexStream;

use super::super::wire::{FSTAT as ASKED_FSTAT, READ as ASKED_READ};
use super::*;

/// A server with one file, which never gives more than so many bytes at a time.
async fn serve(mut pipe: DuplexStream, file: Vec<u8>, most: usize, mut answers: usize) {
    assert_eq!(pipe.read_u32().await.unwrap(), 5);
    let mut init = [0; 5];
    pipe.read_exact(&mut init).await.unwrap();
    pipe.write_all(&Packet::new(VERSION, 3).finish()).await.unwrap();
    while answers > 0
        && let Ok(length) = pipe.read_u32().await
    {
        answers -= 1;
        let mut packet = vec![0; length as usize];
        pipe.read_exact(&mut packet).await.unwrap();
        let mut reader = Reader(&packet);
        let (kind, id) = (reader.byte().unwrap(), reader.number().unwrap());
        let status = |code| Packet::new(STATUS, id).number(code).bytes(b"no\x1b[31m such").bytes(b"");
        let answer = match kind {
            OPEN if reader.bytes().unwrap() == b"/a\nb" => Packet::new(HANDLE, id).bytes(b"h1"),
            OPEN => status(2),
            ASKED_READ => {
                let _handle = reader.bytes().unwrap();
                let (offset, count) = (reader.long().unwrap() as usize, reader.number().unwrap() as usize);
                match file.get(offset..).filter(|rest| !rest.is_empty()) {
                    Some(rest) => Packet::new(DATA, id).bytes(&rest[..rest.len().min(most).min(count)]),
                    None => status(EOF),
                }
            }
            ASKED_FSTAT => Packet::new(ATTRS, id).number(1).long(file.len() as u64),
            _ => status(OK),
        };
        pipe.write_all(&answer.finish()).await.unwrap();
    }
}

async fn begin(file: Vec<u8>, most: usize, answers: usize) -> Sftp {
    let (ours, theirs) = tokio::io::duplex(1 << 20);
    #[expect(clippy::disallowed_methods, reason = "a test's own server")]
    tokio::spawn(serve(theirs, file, most, answers));
    Sftp::begin(Box::new(ours)).await.unwrap()
}

#[tokio::test]
async fn a_file_is_read_whole_however_short_the_parts_are() {
    let file: Vec<u8> = (0..300_001_u32).map(|n| (n % 251) as u8).collect();
    for most in [CHUNK, CHUNK - 1, 1000] {
        let mut sftp = begin(file.clone(), most, usize::MAX).await;
        let handle = sftp.open(b"/a\nb").await.unwrap();
        assert_eq!(sftp.attributes_of(&handle).await.unwrap().size, Some(300_001));
        let mut buffer = vec![0; 400_000];
        assert_eq!(sftp.read(&handle, 1, &mut buffer).await.unwrap(), 300_000);
        assert!(buffer[..300_000] == file[1..]);
        let mut some = [0; 5];
        assert_eq!((sftp.read(&handle, 250, &mut some).await.unwrap(), some), (5, [250, 0, 1, 2, 3]));
        assert_eq!(sftp.read(&handle, 300_001, &mut some).await.unwrap(), 0);
        sftp.close(&handle).await.unwrap();
        assert!(sftp.is_sound());
    }
}

#[tokio::test]
async fn a_file_is_read_on_from_anywhere_to_its_end() {
    let file: Vec<u8> = (0..3_000_001_u32).map(|n| (n % 251) as u8).collect();
    for (most, from, end) in
        [(CHUNK, 0, 3_000_001), (CHUNK - 1, 7, 3_000_001), (CHUNK, 5, 70_000), (CHUNK, 0, 4 << 20)]
    {
        let mut sftp = begin(file.clone(), most, usize::MAX).await;
        let handle = sftp.open(b"/a\nb").await.unwrap();
        let mut window = Window::reading(from as u64, end as u64);
        let mut read = Vec::new();
        loop {
            let part = sftp.read_on(&handle, &mut window).await.unwrap();
            if part.is_empty() {
                break;
            }
            read.extend(part);
        }
        assert!(read == file[from..end.min(file.len())], "{most} {from} {end} {}", read.len());
        // Nothing is under way any more: other questions have their answers.
        assert_eq!(sftp.attributes_of(&handle).await.unwrap().size, Some(3_000_001));
        assert!(sftp.is_sound());
    }
}

#[tokio::test]
async fn what_the_server_says_is_an_error_and_what_it_sends_is_harmless() {
    let mut sftp = begin(Vec::new(), 1, 2).await;
    let error = sftp.open(b"/x").await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::NotFound);
    assert!(!error.to_string().contains('\x1b') && sftp.is_sound(), "{error}");
    assert!(sftp.open(b"/a\nb").await.is_ok());
    assert!(sftp.open(b"/a\nb").await.is_err());
    assert!(!sftp.is_sound(), "the connection has ended");
}
