//! Looks at a file before any reader of workbooks does: what it is, and how much unpacks from it.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};

use zip::ZipArchive;

use crate::error::{Counted, DamagedPart, LooksLike, WorkbookError};
use crate::limits::Limits;

const HEAD_BYTES: usize = 4096;
const OLE: &[u8] = &[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];

/// Refuses what is no workbook and what is too large; leaves the file at its start.
pub(crate) fn inspect(file: &mut File, limits: &Limits) -> Result<(), WorkbookError> {
    let size = file.metadata()?.len();
    if size > limits.file_bytes {
        return Err(too_large(Counted::FileBytes, limits.file_bytes));
    }
    let head = read_head(file)?;
    if head.starts_with(OLE) {
        return Err(old_or_encrypted(file)?);
    }
    if !head.starts_with(b"PK") {
        return Err(WorkbookError::NotAWorkbook(looks_like(&head)));
    }
    let mut archive = ZipArchive::new(BufReader::new(&*file)).map_err(|_| damaged(DamagedPart::Directory))?;
    if archive.len() > limits.entries {
        return Err(too_large(Counted::Parts, limits.entries as u64));
    }
    require_workbook(&archive)?;
    count_unpacked(&mut archive, limits)?;
    file.seek(SeekFrom::Start(0))?;
    Ok(())
}

fn read_head(file: &mut File) -> Result<Vec<u8>, WorkbookError> {
    let mut head = Vec::with_capacity(HEAD_BYTES);
    file.seek(SeekFrom::Start(0))?;
    file.by_ref().take(HEAD_BYTES as u64).read_to_end(&mut head)?;
    Ok(head)
}

/// Both lie in an OLE container; an encrypted .xlsx names its stream `EncryptedPackage`.
fn old_or_encrypted(file: &mut File) -> Result<WorkbookError, WorkbookError> {
    let needle: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut content = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    // Bounded: the size of the file was checked before.
    file.read_to_end(&mut content)?;
    let encrypted = content.windows(needle.len()).any(|window| window == needle);
    Ok(if encrypted { WorkbookError::Encrypted } else { WorkbookError::OldFormat })
}

fn looks_like(head: &[u8]) -> LooksLike {
    let text = String::from_utf8_lossy(head);
    let start = text.trim_start_matches('\u{FEFF}').trim_start().to_ascii_lowercase();
    let starts = |magic: &[&[u8]]| magic.iter().any(|bytes| head.starts_with(bytes));
    if head.is_empty() {
        LooksLike::Nothing
    } else if starts(&[b"%PDF"]) {
        LooksLike::Pdf
    } else if starts(&[b"\x89PNG", b"\xFF\xD8\xFF", b"GIF8", b"BM"]) {
        LooksLike::Picture
    } else if starts(&[b"Rar!", b"7z\xBC\xAF", b"\x1F\x8B"]) {
        LooksLike::OtherArchive
    } else if start.starts_with('<') {
        LooksLike::Markup
    } else if !head.contains(&0) {
        LooksLike::PlainText
    } else {
        LooksLike::Unknown
    }
}

fn require_workbook<R: Read + Seek>(archive: &ZipArchive<R>) -> Result<(), WorkbookError> {
    let has = |part: &str| {
        archive
            .file_names()
            .filter_map(Result::ok)
            .any(|name| name.replace('\\', "/").to_ascii_lowercase().starts_with(part))
    };
    if has("xl/workbook.xml") || (has("xl/") && !has("xl/workbook.bin")) {
        return Ok(());
    }
    Err(WorkbookError::NotAWorkbook(if has("xl/workbook.bin") {
        LooksLike::BinaryWorkbook
    } else if has("word/") || has("ppt/") {
        LooksLike::OfficeDocument
    } else if has("mimetype") && has("content.xml") {
        LooksLike::OpenDocument
    } else {
        LooksLike::PlainZip
    }))
}

/// Unpacks every part that a reader would, into nothing: declared sizes may lie.
fn count_unpacked<R: Read + Seek>(archive: &mut ZipArchive<R>, limits: &Limits) -> Result<(), WorkbookError> {
    let mut total = 0_u64;
    let mut buffer = vec![0_u8; 64 << 10];
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).map_err(|error| match error {
            zip::result::ZipError::UnsupportedArchive(text) if text.contains("assword") => {
                WorkbookError::Encrypted
            }
            _ => damaged(DamagedPart::Packed),
        })?;
        let name = part.name().map_err(|_| damaged(DamagedPart::PartName))?.to_ascii_lowercase();
        if !(name.ends_with(".xml") || name.ends_with(".rels")) {
            continue;
        }
        let is_strings = name.ends_with("sharedstrings.xml");
        let mut bytes = 0_u64;
        loop {
            let read = part.read(&mut buffer).map_err(|_| damaged(DamagedPart::Packed))?;
            if read == 0 {
                break;
            }
            if is_strings && bytes == 0 {
                check_promised_strings(buffer.get(..read).unwrap_or_default(), limits)?;
            }
            bytes += read as u64;
            if is_strings && bytes > limits.shared_string_bytes {
                return Err(too_large(Counted::SharedStringBytes, limits.shared_string_bytes));
            }
            if total + bytes > limits.unpacked_bytes {
                return Err(too_large(Counted::UnpackedBytes, limits.unpacked_bytes));
            }
        }
        total += bytes;
    }
    Ok(())
}

/// The reader reserves memory for as many strings as the part promises: the promise must be possible.
fn check_promised_strings(head: &[u8], limits: &Limits) -> Result<(), WorkbookError> {
    let head = String::from_utf8_lossy(head.get(..HEAD_BYTES.min(head.len())).unwrap_or_default());
    let Some((_, rest)) = head.split_once("uniqueCount=") else { return Ok(()) };
    let digits: String = rest.chars().skip(1).take_while(char::is_ascii_digit).collect();
    // The shortest string takes `<si><t/></si>`, 13 bytes.
    let possible = limits.shared_string_bytes / 13;
    match digits.parse::<u64>() {
        Ok(count) if count <= possible => Ok(()),
        Ok(_) | Err(_) => Err(damaged(DamagedPart::SharedStrings)),
    }
}

fn damaged(what: DamagedPart) -> WorkbookError {
    WorkbookError::Damaged { what, sheet: None, row: None }
}

fn too_large(what: Counted, limit: u64) -> WorkbookError {
    WorkbookError::TooLarge { what, limit, sheet: None }
}
