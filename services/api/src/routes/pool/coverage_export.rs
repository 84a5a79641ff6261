//! 联系覆盖 as .xlsx: the numbers by organisation, the people listed, leaders with nobody and gaps, as the page shows
//! them; day, organisation and standing stand above each.

use std::cmp::Reverse;

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use peiyu_language::{Language, word};
use peiyu_views::coverage::{GapRow, Gaps, MOST};
use peiyu_views::matrix::Standing;
use peiyu_workbooks::{List, WorkbookError};
use serde_json::Value;

use super::export::attached;
use super::gaps::found;
use super::matrix::{Counts, Matrix, Part, VIEWS, picture};
use crate::Api;
use crate::door::{After, Caller, Query};
use crate::problem::Problem;

/// A sheet, before it is written.
struct Sheet {
    name: String,
    above: Vec<String>,
    titles: Vec<String>,
    numbers: Vec<u16>,
    rows: Vec<Vec<String>>,
}

/// Coverage of one organisation on a day as .xlsx, with the same filters as the matrix; people are listed as there,
/// 50,000 at most.
#[utoipa::path(get, path = "/v1/coverage/export", tag = "pool", params(Part),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")))]
pub(crate) async fn export(
    State(api): State<Api>,
    caller: Caller,
    after: After,
    Extension(language): Extension<Language>,
    Query(part): Query<Part>,
) -> Result<Response, Problem> {
    after.wait(&api, &VIEWS).await?;
    let matrix = picture(&api, &caller, &part, MOST).await?;
    let gaps = found(&api, &caller, matrix.as_of, part.organisation, MOST).await?;
    attached("coverage.xlsx", move || written(&matrix, &gaps, &part, language)).await
}

fn written(matrix: &Matrix, gaps: &Gaps, part: &Part, language: Language) -> Result<Vec<u8>, WorkbookError> {
    let book = Book { matrix, part, language };
    let mut sheets = vec![book.counts()];
    if part.standing.is_some() || !matrix.leaders.is_empty() || !matrix.nobody.is_empty() {
        sheets.push(book.people());
    }
    if part.standing.is_none() {
        sheets.push(book.leaders_with_nobody());
    }
    sheets.push(book.gaps(gaps));
    let titles: Vec<Vec<&str>> =
        sheets.iter().map(|sheet| sheet.titles.iter().map(String::as_str).collect()).collect();
    let lists = sheets.iter().zip(&titles).map(|(sheet, titles)| List {
        name: &sheet.name,
        above: &sheet.above,
        headers: titles,
        numbers: &sheet.numbers,
        rows: &sheet.rows,
    });
    peiyu_workbooks::write_lists(&lists.collect::<Vec<_>>())
}

/// What is written, in one language.
struct Book<'a> {
    matrix: &'a Matrix,
    part: &'a Part,
    language: Language,
}

impl Book<'_> {
    fn say(&self, code: &str) -> String {
        word(self.language, "coverage_column", code)
    }

    /// As the pool's own list calls it.
    fn column(&self, code: &str) -> String {
        word(self.language, "pool_column", code)
    }

    fn standing(&self, standing: &str) -> String {
        word(self.language, "coverage_standing", standing)
    }

    fn sheet(&self, name: &str, titles: Vec<String>, numbers: &[u16], rows: Vec<Vec<String>>) -> Sheet {
        let above = self.above();
        Sheet { name: self.say(name), above, titles, numbers: numbers.to_vec(), rows }
    }

    fn line(&self, code: &str, value: impl std::fmt::Display) -> String {
        let colon = if self.language == Language::Zh { "：" } else { ": " };
        format!("{}{colon}{value}", self.say(code))
    }

    /// What was asked.
    fn above(&self) -> Vec<String> {
        let names = self.matrix.path.iter().filter_map(|part| part["name"].as_str());
        let path = names.collect::<Vec<_>>().join(" / ");
        let standing = self.part.standing.map(|standing| self.standing(standing.as_str()));
        let mut above = vec![
            self.line("as_of", self.matrix.as_of),
            self.line("organisation", if path.is_empty() { self.say("everything") } else { path }),
            self.line("standing", standing.unwrap_or_else(|| self.say("all"))),
        ];
        if self.matrix.left_off > 0 {
            above.push(self.line("left_off", self.matrix.left_off));
        }
        above
    }

    /// How many stand where, by organisation.
    fn counts(&self) -> Sheet {
        let standings = Standing::ALL.map(|standing| self.standing(standing.as_str()));
        let mut titles = vec![self.say("organisation"), self.say("pool")];
        titles.extend(standings);
        titles.push(self.say("never_past_due"));
        let row = |name: String, counts: &Counts| -> Vec<String> {
            let numbers = Standing::ALL.map(|standing| counts.of(standing));
            let numbers = [counts.pool].into_iter().chain(numbers).chain([counts.never_past_due]);
            std::iter::once(name).chain(numbers.map(|number| number.to_string())).collect()
        };
        let children = self.matrix.children.iter().map(|child| {
            let name = child.name.clone().unwrap_or_else(|| self.say("own_level"));
            row(name, &child.counts)
        });
        let rows = children.chain([row(self.say("total"), &self.matrix.totals)]).collect();
        self.sheet("sheet", titles, &[1, 2, 3, 4, 5, 6, 7], rows)
    }

    /// Everybody listed, most pressing first.
    fn people(&self) -> Sheet {
        let columns = ["name", "staff_number", "unit", "room", "liaison", "last_talk", "due_on"];
        let mut titles: Vec<String> = columns.map(|code| self.column(code)).to_vec();
        titles.extend([self.say("standing"), self.say("overdue_days")]);
        let led = self.matrix.leaders.iter().flat_map(|leader| {
            let people = leader["people"].as_array().into_iter().flatten();
            people.map(move |person| (person, text(leader, "name")))
        });
        let mut people: Vec<(&Value, String)> =
            self.matrix.nobody.iter().map(|person| (person, String::new())).chain(led).collect();
        people.sort_by_key(|(person, _)| (text(person, "due_on"), text(person, "id")));
        let rows = people.into_iter().map(|(person, liaison)| {
            let mut cells = ["name", "staff_number", "unit", "room"].map(|code| text(person, code)).to_vec();
            cells.push(liaison);
            cells.extend(["last_talk", "due_on"].map(|code| text(person, code)));
            cells.push(self.standing(&text(person, "standing")));
            cells.push(person["days"].as_u64().map(|days| days.to_string()).unwrap_or_default());
            cells
        });
        let rows = rows.collect();
        self.sheet("people", titles, &[8], rows)
    }

    fn leaders_with_nobody(&self) -> Sheet {
        let titles = vec![
            self.column("name"),
            self.column("staff_number"),
            self.say("organisation"),
            self.say("office"),
        ];
        let cells = ["name", "staff_number", "organisation", "title"];
        let leaders = self.matrix.leaders_with_nobody.iter();
        let rows = leaders.map(|leader| cells.map(|code| text(leader, code)).to_vec()).collect();
        self.sheet("leaders_with_nobody", titles, &[], rows)
    }

    /// Open ones first, the longest first; how many are left off stands above them.
    fn gaps(&self, found: &Gaps) -> Sheet {
        let columns = ["name", "staff_number", "unit", "room"];
        let mut titles: Vec<String> = columns.map(|code| self.column(code)).to_vec();
        titles.extend(["days", "from", "to"].map(|code| self.say(code)));
        let day = self.matrix.as_of;
        let mut gaps: Vec<&GapRow> = found.rows.iter().collect();
        gaps.sort_by_key(|gap| (!gap.is_open(day), Reverse(gap.days)));
        let rows = gaps.into_iter().map(|gap| {
            let to = if gap.is_open(day) { self.say("open") } else { gap.to.to_string() };
            vec![
                gap.name.clone(),
                gap.staff_number.clone(),
                gap.unit.clone(),
                gap.room.clone(),
                gap.days.to_string(),
                gap.from.to_string(),
                to,
            ]
        });
        let rows: Vec<Vec<String>> = rows.collect();
        let left_off = found.total.saturating_sub(i64::try_from(rows.len()).unwrap_or(i64::MAX));
        let mut sheet = self.sheet("gaps", titles, &[4], rows);
        if left_off > 0 {
            sheet.above.push(self.line("gaps_left_off", left_off));
        }
        sheet
    }
}

fn text(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap_or_default().to_owned()
}
