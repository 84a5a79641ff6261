//! A mapping file: which column is which, for sheets whose titles Peiyu does not know.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::WorkbookError;
use crate::spec::ColumnSpec;

/// A column of this name is left out.
pub const IGNORE: &str = "ignore";

/// What an officer says about a file, in TOML:
///
/// ```toml
/// sheet = "在职人员"        # optional
/// header_row = 3           # optional, 1 = top
/// [columns]
/// "职工号" = "staff_number"
/// "备注2" = "ignore"
/// [staff_number]
/// pad = 7                  # numbers typed as numbers get their leading zeros back
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Mapping {
    /// The sheet to read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// The row that holds the titles of the columns, 1 = top.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header_row: Option<u32>,
    /// Title of a column to name of a field.
    pub columns: BTreeMap<String, String>,
    /// About staff numbers.
    pub staff_number: StaffNumberMapping,
}

/// How staff numbers are read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct StaffNumberMapping {
    /// Digits to which a number cell is filled up with leading zeros.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pad: Option<u8>,
}

impl Mapping {
    /// Reads a mapping file.
    ///
    /// # Errors
    /// When it is no TOML, has unknown keys, or pads to more than 32 digits.
    pub fn from_toml(text: &str) -> Result<Self, WorkbookError> {
        let mapping: Self =
            toml::from_str(text).map_err(|error| WorkbookError::Mapping(error.message().to_owned()))?;
        match mapping.staff_number.pad {
            Some(pad) if pad == 0 || pad > 32 => {
                Err(WorkbookError::Mapping("pad must be 1 to 32".to_owned()))
            }
            Some(_) | None => Ok(mapping),
        }
    }

    /// The same with what these columns are; what else was said stays.
    #[must_use]
    pub fn with_columns(mut self, columns: impl IntoIterator<Item = (String, String)>) -> Self {
        self.columns.extend(columns);
        self
    }

    /// As a mapping file.
    ///
    /// # Errors
    /// When it cannot be written as TOML.
    pub fn to_toml(&self) -> Result<String, WorkbookError> {
        toml::to_string(self).map_err(|error| WorkbookError::Mapping(error.to_string()))
    }

    /// Every field that the mapping names must exist.
    pub(crate) fn check(&self, specs: &[ColumnSpec]) -> Result<(), WorkbookError> {
        for (title, code) in &self.columns {
            if code != IGNORE && !specs.iter().any(|spec| spec.code == code) {
                let codes: Vec<&str> = specs.iter().map(|spec| spec.code).collect();
                let known = codes.join(", ");
                return Err(WorkbookError::Mapping(format!(
                    "{title:?} = {code:?}: no such field; known are {known}"
                )));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn a_mapping_names_columns_and_pads_numbers() {
        let text = "[columns]\n\"职工号\" = \"staff_number\"\n[staff_number]\npad = 7\n";
        let mapping = Mapping::from_toml(text).unwrap();
        assert_eq!(mapping.columns.get("职工号").map(String::as_str), Some("staff_number"));
        assert_eq!(mapping.staff_number.pad, Some(7));
    }

    #[test]
    fn what_is_said_by_hand_is_added_and_comes_back_from_a_file_whatever_a_title_looks_like() {
        let said = Mapping::from_toml("[columns]\n\"职工号\" = \"staff_number\"\n[staff_number]\npad = 7\n")
            .unwrap();
        let odd = "单位\n\"全称\" = [x]\u{7f}";
        let columns = [("职工号", "ignore"), (odd, "unit")];
        let said = said.with_columns(columns.map(|(title, field)| (title.to_owned(), field.to_owned())));
        assert_eq!(Mapping::from_toml(&said.to_toml().unwrap()).unwrap(), said);
        assert_eq!((said.columns["职工号"].as_str(), said.columns[odd].as_str()), ("ignore", "unit"));
        assert_eq!(said.staff_number.pad, Some(7));
    }

    #[test]
    fn an_unknown_key_or_field_is_refused() {
        assert!(Mapping::from_toml("colums = 1").is_err());
        let mapping = Mapping::from_toml("[columns]\n\"x\" = \"no_such_field\"").unwrap();
        assert!(mapping.check(crate::spec::ROSTER).is_err());
    }
}
