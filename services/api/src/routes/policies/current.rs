//! The policy in force.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::Api;
use crate::problem::Problem;

/// The numbers in force today.
#[derive(Serialize, ToSchema)]
pub(crate) struct CurrentPolicy {
    /// Name of the version.
    version: String,
    /// SHA-256 of its content, lower-case hex.
    hash: String,
    /// From which day it holds.
    #[schema(value_type = String, format = Date)]
    valid_from: jiff::civil::Date,
    /// The TOML text, each number with its source.
    content: String,
    /// The same, number by number, by section and name.
    numbers: Vec<Number>,
}

/// A number of the policy.
#[derive(Serialize, ToSchema)]
pub(crate) struct Number {
    /// What it is about, such as `talk`.
    section: String,
    /// Its name, such as `first_months`.
    name: String,
    /// Its value; several words are one text with `、` between them.
    value: String,
    /// The provision or decision that it comes from.
    source: String,
}

/// The policy in force today.
#[utoipa::path(get, path = "/v1/policies/current", tag = "policies",
    responses((status = 200, body = CurrentPolicy)))]
pub(crate) async fn current(State(api): State<Api>) -> Result<Json<CurrentPolicy>, Problem> {
    let policy = api.application().policy_today().await?;
    let content = api.application().policy_text_today().await?;
    Ok(Json(CurrentPolicy {
        version: policy.version.clone(),
        hash: policy.hash.clone(),
        valid_from: policy.valid_from,
        numbers: numbers(&content)?,
        content,
    }))
}

/// Every number of the text; whatever has no source is none.
fn numbers(content: &str) -> Result<Vec<Number>, Problem> {
    let text: toml::Table = content.parse().map_err(Problem::internal)?;
    let mut numbers = Vec::new();
    for (section, entries) in text.iter().filter_map(|(name, value)| Some((name, value.as_table()?))) {
        for (name, entry) in entries {
            let (Some(value), Some(source)) = (entry.get("value"), entry.get("source")) else { continue };
            numbers.push(Number {
                section: section.clone(),
                name: name.clone(),
                value: in_words(value),
                source: source.as_str().unwrap_or_default().to_owned(),
            });
        }
    }
    Ok(numbers)
}

fn in_words(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Array(values) => values.iter().map(in_words).collect::<Vec<_>>().join("、"),
        other => other.to_string(),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn every_number_comes_with_its_source() {
        let text = "version = \"1\"\n[talk]\nfirst_months = { value = 1, source = \"意见三(四)\" }\n\
            [categories]\ndoctor = { value = [\"博士\", \"院士\"], source = \"意见前言\" }\n";
        let numbers = numbers(text).unwrap();
        let told: Vec<_> = numbers
            .iter()
            .map(|one| [&one.section, &one.name, &one.value, &one.source].map(String::as_str))
            .collect();
        assert_eq!(
            told,
            [["categories", "doctor", "博士、院士", "意见前言"], ["talk", "first_months", "1", "意见三(四)"]]
        );
    }
}
