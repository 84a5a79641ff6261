//! The department's words with their places filled, for one reader: as a line, as text, and as paragraphs.

use peiyu_domain::letter_template::{Piece, Placeholder, Template};

/// What stands in the places.
#[derive(Debug, Clone, Default)]
pub(crate) struct Values {
    pub(crate) name: String,
    pub(crate) count: String,
    pub(crate) overdue: String,
    pub(crate) overdue_note: String,
    pub(crate) day: String,
    pub(crate) university: String,
    pub(crate) link: String,
}

/// A paragraph of the HTML: lines of parts.
pub(crate) type Paragraph = Vec<Vec<Part>>;

/// A part of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) text: String,
    /// Whether it is the address where one goes on.
    pub(crate) is_link: bool,
}

impl Values {
    fn of(&self, place: Placeholder) -> &str {
        match place {
            Placeholder::Name => &self.name,
            Placeholder::Count => &self.count,
            Placeholder::Overdue => &self.overdue,
            Placeholder::OverdueNote => &self.overdue_note,
            Placeholder::Day => &self.day,
            Placeholder::University => &self.university,
            Placeholder::Link => &self.link,
        }
    }
}

/// As plain text.
pub(crate) fn text(template: &Template, values: &Values) -> String {
    template.fill(|place| values.of(place))
}

/// As one line: names come from spreadsheets, and an end of line in a subject would begin a header.
pub(crate) fn line(template: &Template, values: &Values) -> String {
    let ends_line = |character: char| character.is_control() || matches!(character, '\u{2028}' | '\u{2029}');
    text(template, values).replace(ends_line, " ")
}

/// As paragraphs, parted by blank lines.
pub(crate) fn paragraphs(template: &Template, values: &Values) -> Vec<Paragraph> {
    let mut lines: Vec<Vec<Part>> = vec![Vec::new()];
    for piece in template.pieces() {
        let (text, is_link) = match piece {
            Piece::Text(text) => (text.as_str(), false),
            Piece::Place(place) => (values.of(*place), *place == Placeholder::Link),
        };
        for (index, part) in text.split('\n').enumerate() {
            if index > 0 {
                lines.push(Vec::new());
            }
            if let Some(line) = lines.last_mut().filter(|_| !part.is_empty()) {
                line.push(Part { text: part.to_owned(), is_link });
            }
        }
    }
    let is_blank = |line: &Vec<Part>| line.iter().all(|part| part.text.trim().is_empty());
    lines.split(is_blank).filter(|paragraph| !paragraph.is_empty()).map(<[_]>::to_vec).collect()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn values() -> Values {
        Values {
            name: "王\n\u{2028}五".to_owned(),
            link: "https://p.example/todo".to_owned(),
            ..Values::default()
        }
    }

    #[test]
    fn blank_lines_part_paragraphs_and_an_address_is_a_link() {
        let template = Template::parse("各位：\n请看{链接}。\n\n\n组织部").unwrap();
        let plain = |text: &str| Part { text: text.to_owned(), is_link: false };
        let link = Part { text: "https://p.example/todo".to_owned(), is_link: true };
        let first = vec![vec![plain("各位：")], vec![plain("请看"), link, plain("。")]];
        assert_eq!(paragraphs(&template, &values()), [first, vec![vec![plain("组织部")]]]);
    }

    #[test]
    fn a_name_with_an_end_of_line_brings_no_header() {
        assert_eq!(line(&Template::parse("致{姓名}").unwrap(), &values()), "致王  五");
    }
}
