//! The short name of the university: given once, at the first start; stream, subjects and ids bear it from then on.

use crate::failure::Failure;
use crate::place::Place;
use crate::settings_file;
use crate::terminal::{ask, missing};

/// Of a system with invented people.
pub(crate) const DEMO: &str = "demo";
/// Longest name.
const LONGEST: usize = 32;

/// A name that fits into a stream's name and into subjects.
pub(super) fn parse(name: &str) -> Result<String, String> {
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    if !name.is_empty() && name.len() <= LONGEST && name.bytes().all(fits) {
        return Ok(name.to_owned());
    }
    Err(format!("{name}: 只用小写字母和数字，最多 {LONGEST} 个 use a-z and 0-9, at most {LONGEST}"))
}

/// The name kept from the first start, else the one asked for; a system with invented people is `demo`.
///
/// # Errors
/// Usage: a later change, or a first start that says no name and has nobody to ask.
pub(super) fn decide(place: &Place, asked: Option<&str>, no_demo: bool) -> Result<String, Failure> {
    let kept = settings_file::kept(&place.settings())?.tenant;
    match (kept, asked) {
        (Some(kept), Some(asked)) if kept != asked => Err(Failure::usage(
            format!("这里是 {kept}，不能改为 {asked}：事件和消息流都带着这个名字"),
            format!("this is {kept} and cannot become {asked}: events and stream bear the name"),
        )
        .next("另一所学校用另一个文件夹：--data", "another university needs another folder: --data")),
        (Some(kept), _) => Ok(kept),
        (None, Some(asked)) => Ok(asked.to_owned()),
        (None, None) if place.postgres().join("data").exists() => Err(Failure::usage(
            format!("{} 不见了，不知道这里是哪所学校", place.settings().display()),
            format!("{} is gone, so nobody knows whose data these are", place.settings().display()),
        )
        .next("给出原来的简称：--tenant", "give the short name of before: --tenant")),
        (None, None) if !no_demo => Ok(DEMO.to_owned()),
        (None, None) => {
            let question =
                "学校简称，以后不能改（小写字母和数字） short name of the university, for ever (a-z, 0-9)";
            let name = ask(question, "--tenant")?.ok_or_else(|| missing("--tenant"))?;
            parse(&name).map_err(|fault| Failure::usage(fault, ""))
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_name_fits_into_streams_and_subjects() {
        assert_eq!(parse("whu2026").as_deref(), Ok("whu2026"));
        for name in ["", "WHU", "武大", "a_1", "a.b", "a b", &"x".repeat(33)] {
            assert!(parse(name).is_err(), "{name}");
        }
    }

    #[test]
    fn the_name_is_given_once_and_never_changed() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::at(Some(folder.path()));
        assert_eq!(decide(&place, None, false).unwrap(), "demo");
        assert_eq!(decide(&place, Some("whu"), true).unwrap(), "whu");
        crate::place::write_private(&place.settings(), "tenant = \"whu\"\n").unwrap();
        assert_eq!(decide(&place, None, true).unwrap(), "whu");
        assert_eq!(decide(&place, Some("whu"), false).unwrap(), "whu");
        let refused = decide(&place, Some("other"), true).unwrap_err().to_string();
        assert!(refused.contains("cannot become other"), "{refused}");
    }

    #[test]
    fn data_without_settings_are_nobody_s_until_somebody_says_whose() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::at(Some(folder.path()));
        std::fs::create_dir_all(place.postgres().join("data")).unwrap();
        let refused = decide(&place, None, false).unwrap_err().to_string();
        assert!(refused.contains("--tenant"), "{refused}");
        assert_eq!(decide(&place, Some("whu"), false).unwrap(), "whu");
    }
}
