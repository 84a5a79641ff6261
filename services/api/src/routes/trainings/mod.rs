//! 教育培训: classes planned, participants enrolled, results recorded.

pub(crate) mod complete;
pub(crate) mod enrol;
pub(crate) mod list;
pub(crate) mod participants;
pub(crate) mod plan;
pub(crate) mod show;

use serde::Deserialize;

/// Hours with at most one decimal.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "f64")]
pub(crate) struct Hours(u32);

/// Most hours of a class.
const MOST_HOURS: f64 = 1000.0;

impl Hours {
    /// In tenths, as events have them.
    pub(crate) fn tenths(self) -> u32 {
        self.0
    }
}

impl TryFrom<f64> for Hours {
    type Error = &'static str;

    fn try_from(hours: f64) -> Result<Self, Self::Error> {
        if !(0.0..=MOST_HOURS).contains(&hours) {
            return Err("hours are 0 to 1000");
        }
        let tenths = (hours * 10.0).round();
        if (tenths - hours * 10.0).abs() > 1e-6 {
            return Err("hours have one decimal at most");
        }
        // 0 to 10,000, so that nothing is cut off.
        Ok(Self(tenths as u32))
    }
}
