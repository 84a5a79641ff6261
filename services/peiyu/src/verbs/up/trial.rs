//! A trial with a shifted clock: the shift may only grow, and what was once a trial stays one.

use std::fs;

use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::place::{Place, write_private};

/// How far ahead the clock of a system is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Trial {
    /// Seconds ahead of the machine's clock.
    pub offset_seconds: i64,
}

impl Trial {
    /// What the mark says; none for a system whose clock was never shifted.
    ///
    /// # Errors
    /// When the mark is there and cannot be read: then nobody may guess.
    pub(crate) fn read(place: &Place) -> Result<Option<Self>, Failure> {
        let path = place.trial();
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Failure::file(&path)(error)),
        };
        serde_json::from_str(&text).map(Some).map_err(|error| {
            Failure::failed(
                format!("{} 读不懂，无法知道时钟拨快了多少", path.display()),
                format!("{} is unreadable, so nobody knows how far ahead the clock is", path.display()),
            )
            .because(error)
        })
    }

    /// The shift kept so far, or the larger one asked for.
    ///
    /// # Errors
    /// Usage when a smaller one is asked for: recorded times never run backwards.
    pub(crate) fn decide(place: &Place, asked: Option<i64>) -> Result<Self, Failure> {
        let kept = Self::read(place)?.unwrap_or_default();
        let Some(asked) = asked else { return Ok(kept) };
        if asked < kept.offset_seconds {
            let days = kept.offset_seconds / 86_400;
            return Err(Failure::usage(
                format!("时钟偏移只能增加：现在是 {days} 天"),
                format!("the clock offset may only grow: it is {days} days"),
            )
            .next(
                "用同样或更大的值，或另建一个：--data 文件夹",
                "give the same or a larger one, or begin anew: --data DIR",
            ));
        }
        let trial = Self { offset_seconds: asked };
        if asked > kept.offset_seconds {
            let text = serde_json::to_string(&trial)
                .map_err(|error| Failure::failed("内部错误", "internal error").because(error))?;
            write_private(&place.trial(), &text)?;
        }
        Ok(trial)
    }
}

/// `45d`, `12h`, `30m`, `90s`, as seconds.
pub(crate) fn parse_offset(text: &str) -> Result<i64, String> {
    let wrong = || format!("{text}: 写成 45d、12h 或 30m write 45d, 12h or 30m");
    let unit = text.chars().last().ok_or_else(wrong)?;
    let seconds = match unit {
        'd' => 86_400,
        'h' => 3_600,
        'm' => 60,
        's' => 1,
        _ => return Err(wrong()),
    };
    let number: u32 = text.trim_end_matches(unit).parse().map_err(|_| wrong())?;
    // A hundred years: what is longer is a slip of the pen.
    let offset = i64::from(number) * seconds;
    if offset > 36_525 * 86_400 { Err(wrong()) } else { Ok(offset) }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn offsets_are_read_with_their_unit_only() {
        assert_eq!(parse_offset("45d"), Ok(45 * 86_400));
        assert_eq!(parse_offset("12h"), Ok(43_200));
        assert!(parse_offset("45").is_err());
        assert!(parse_offset("-1d").is_err());
        assert!(parse_offset("").is_err());
    }

    #[test]
    fn an_offset_may_only_grow_and_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::at(Some(folder.path()));
        assert_eq!(Trial::read(&place).unwrap(), None);
        Trial::decide(&place, Some(86_400)).unwrap();
        assert_eq!(Trial::decide(&place, None).unwrap().offset_seconds, 86_400);
        assert!(Trial::decide(&place, Some(3_600)).is_err());
        Trial::decide(&place, Some(2 * 86_400)).unwrap();
        assert_eq!(Trial::read(&place).unwrap().unwrap().offset_seconds, 2 * 86_400);
    }
}
