//! Takes a policy file apart key by key, so that every fault names its key and nothing is left unread.

use std::collections::BTreeMap;

use jiff::civil::{Date, Time};
use toml::{Table, Value};

use super::PolicyFault;

/// What is still unread of the file, and the sources of what was read.
pub(super) struct Reader {
    rest: Table,
    sources: BTreeMap<String, String>,
}

impl Reader {
    pub(super) fn new(text: &str) -> Result<Self, PolicyFault> {
        let rest =
            text.parse::<Table>().map_err(|error| PolicyFault::NotToml { detail: error.to_string() })?;
        Ok(Self { rest, sources: BTreeMap::new() })
    }

    pub(super) fn version(&mut self) -> Result<String, PolicyFault> {
        let version = self.plain_text("version")?;
        let fits = !version.trim().is_empty()
            && version.chars().count() <= 60
            && !version.contains(char::is_control);
        if fits { Ok(version) } else { Err(wrong("version", "a name of 1 to 60 characters")) }
    }

    pub(super) fn valid_from(&mut self) -> Result<Date, PolicyFault> {
        self.plain_text("valid_from")?.parse().map_err(|_| wrong("valid_from", "a date \"YYYY-MM-DD\""))
    }

    /// A whole number, not negative.
    pub(super) fn number(&mut self, key: &str) -> Result<u32, PolicyFault> {
        let expected = "a whole number, not negative";
        match self.sourced(key)? {
            Value::Integer(number) => u32::try_from(number).map_err(|_| wrong(key, expected)),
            _ => Err(wrong(key, expected)),
        }
    }

    /// A time of day, `"HH:MM"`.
    pub(super) fn time(&mut self, key: &str) -> Result<Time, PolicyFault> {
        let expected = "a time of day \"HH:MM\"";
        match self.sourced(key)? {
            Value::String(text) => text.parse().map_err(|_| wrong(key, expected)),
            _ => Err(wrong(key, expected)),
        }
    }

    /// A list of words, none empty; at least one.
    pub(super) fn words(&mut self, key: &str) -> Result<Vec<String>, PolicyFault> {
        let expected = "a list of words, at least one";
        let Value::Array(values) = self.sourced(key)? else { return Err(wrong(key, expected)) };
        let words: Option<Vec<String>> = values
            .into_iter()
            .map(|value| match value {
                Value::String(word) if !word.trim().is_empty() => Some(word.trim().to_owned()),
                _ => None,
            })
            .collect();
        words.filter(|list| !list.is_empty()).ok_or_else(|| wrong(key, expected))
    }

    /// The sources, once everything was read.
    pub(super) fn finish(self) -> Result<BTreeMap<String, String>, PolicyFault> {
        for (name, value) in &self.rest {
            match value {
                Value::Table(section) => match section.keys().next() {
                    Some(key) => return Err(PolicyFault::Unknown { key: format!("{name}.{key}") }),
                    // A section of ours of which everything was read.
                    None if self.sources.keys().any(|key| key.starts_with(&format!("{name}."))) => {}
                    None => return Err(PolicyFault::Unknown { key: name.clone() }),
                },
                _ => return Err(PolicyFault::Unknown { key: name.clone() }),
            }
        }
        Ok(self.sources)
    }

    fn plain_text(&mut self, key: &str) -> Result<String, PolicyFault> {
        match self.rest.remove(key) {
            Some(Value::String(text)) => Ok(text),
            Some(_) => Err(wrong(key, "a text")),
            None => Err(PolicyFault::Missing { key: key.to_owned() }),
        }
    }

    /// Takes `{ value = …, source = "…" }` out and remembers the source.
    fn sourced(&mut self, key: &str) -> Result<Value, PolicyFault> {
        let missing = || PolicyFault::Missing { key: key.to_owned() };
        let (section, name) = key.split_once('.').ok_or_else(missing)?;
        let entry = match self.rest.get_mut(section) {
            Some(Value::Table(table)) => table.remove(name).ok_or_else(missing)?,
            Some(_) => return Err(wrong(section, "a section")),
            None => return Err(missing()),
        };
        let Value::Table(mut entry) = entry else {
            return Err(PolicyFault::SourceMissing { key: key.to_owned() });
        };
        let source = match entry.remove("source") {
            Some(Value::String(source)) if !source.trim().is_empty() => source.trim().to_owned(),
            _ => return Err(PolicyFault::SourceMissing { key: key.to_owned() }),
        };
        let value =
            entry.remove("value").ok_or_else(|| PolicyFault::Missing { key: format!("{key}.value") })?;
        if let Some(other) = entry.keys().next() {
            return Err(PolicyFault::Unknown { key: format!("{key}.{other}") });
        }
        self.sources.insert(key.to_owned(), source);
        Ok(value)
    }
}

fn wrong(key: &str, expected: &'static str) -> PolicyFault {
    PolicyFault::WrongType { key: key.to_owned(), expected }
}
