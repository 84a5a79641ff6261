//! 导入: choose a spreadsheet, see what it would do, say which column is which, take it in, mend what was rejected.

mod columns;
mod run;
mod start;

use axum::Router;
use axum::routing::{get, post};

use crate::Pages;
use crate::words::Words;

/// Most bytes of a file, as the interface takes them.
const MOST_BYTES: usize = 64 * 1024 * 1024;

/// What a file can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Organisation,
    Roster,
    Talks,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Organisation, Self::Roster, Self::Talks];

    fn read(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// Its word in addresses.
    fn word(self) -> &'static str {
        match self {
            Self::Organisation => "organisation",
            Self::Roster => "roster",
            Self::Talks => "talks",
        }
    }

    fn name(self, l: Words) -> String {
        l.word("import_kind", self.word())
    }

    /// What is read from it.
    fn about(self, l: Words) -> &'static str {
        match self {
            Self::Organisation => l.say(
                "一个工作簿，三张表：党组织、任职、党员名册。",
                "One workbook with three sheets: 党组织 (tree), 任职 (offices), 党员名册 (members).",
            ),
            Self::Roster => l.say(
                "人事部门的教职工名册。必有工号、姓名、所在单位；其余各列有则读入。",
                "The personnel roster. Staff number, name and unit are needed; other columns are read when there.",
            ),
            Self::Talks => l.say(
                "以往的纸质谈话记录，补录入档。必有工号、谈话人工号、谈话日期、谈话形式、谈话内容。",
                "Old paper records of talks. Staff number, talker's number, day, form and gist are needed.",
            ),
        }
    }
}

pub(crate) fn routes() -> Router<Pages> {
    Router::new()
        .route("/imports", get(start::choose).post(start::upload))
        .route("/imports/{id}", get(run::show))
        .route("/imports/{id}/columns", post(columns::map))
        .route("/imports/{id}/confirm", post(run::confirm))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_comes_back_from_its_word_and_no_other_word_is_one() {
        assert!(Kind::ALL.into_iter().all(|kind| Kind::read(kind.word()) == Some(kind)));
        assert_eq!(Kind::read("nonsense"), None);
    }
}
