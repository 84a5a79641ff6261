//! Rows as the text that `COPY … FROM STDIN` reads: one line a row, columns in the order of the table.

use std::fmt::{self, Write as _};

use serde::ser::{self, Impossible, Serialize, Serializer};

use crate::table::Table;

type Columns = &'static [(&'static str, &'static str)];

/// A row that is not of its table's form; a defect of ours, found by the tests of every read model.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct NoRow(String);

impl ser::Error for NoRow {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

/// Appends a row as one line.
pub(crate) fn line<R: Serialize>(row: &R, table: &'static Table, out: &mut String) -> Result<(), NoRow> {
    row.serialize(Cell { out, row_of: Some(table.columns) })
}

fn refuse<T>(what: &str) -> Result<T, NoRow> {
    Err(NoRow(format!("{what} cannot stand in a column")))
}

/// Text with what COPY reads otherwise escaped.
fn escaped(text: &str, out: &mut String) {
    for character in text.chars() {
        match character {
            '\\' => out.push_str("\\\\"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            other => out.push(other),
        }
    }
}

struct Fields<'a> {
    out: &'a mut String,
    columns: Columns,
    next: usize,
}

impl ser::SerializeStruct for Fields<'_> {
    type Ok = ();
    type Error = NoRow;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), NoRow> {
        let Some((_, kind)) = self.columns.get(self.next).filter(|(column, _)| *column == key) else {
            return Err(NoRow(format!("field {key} does not stand where the table has it")));
        };
        if self.next > 0 {
            self.out.push('\t');
        }
        self.next += 1;
        if kind.starts_with("jsonb") {
            let json = serde_json::to_string(value).map_err(ser::Error::custom)?;
            escaped(&json, self.out);
            return Ok(());
        }
        value.serialize(Cell { out: self.out, row_of: None })
    }

    fn end(self) -> Result<(), NoRow> {
        if self.next != self.columns.len() {
            return Err(NoRow("a row has fewer fields than its table has columns".to_owned()));
        }
        self.out.push('\n');
        Ok(())
    }
}

/// One value, or the row itself.
struct Cell<'a> {
    out: &'a mut String,
    row_of: Option<Columns>,
}

impl Cell<'_> {
    fn shown(self, value: impl fmt::Display) -> Result<(), NoRow> {
        write!(self.out, "{value}").map_err(ser::Error::custom)
    }
}

/// A one-dimensional array: `{"a","b"}`.
struct Array<'a> {
    out: &'a mut String,
    is_first: bool,
}

impl ser::SerializeSeq for Array<'_> {
    type Ok = ();
    type Error = NoRow;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NoRow> {
        let element = match serde_json::to_value(value).map_err(ser::Error::custom)? {
            serde_json::Value::String(text) => text,
            serde_json::Value::Number(number) => number.to_string(),
            _ => return refuse("an element that is neither text nor number"),
        };
        let quoted = element.replace('\\', "\\\\").replace('"', "\\\"");
        self.out.push_str(if self.is_first { "\"" } else { ",\"" });
        escaped(&quoted, self.out);
        self.out.push('"');
        self.is_first = false;
        Ok(())
    }

    fn end(self) -> Result<(), NoRow> {
        self.out.push('}');
        Ok(())
    }
}

macro_rules! shown {
    ($($method:ident: $kind:ty),+ $(,)?) => {
        $(fn $method(self, value: $kind) -> Result<(), NoRow> { self.shown(value) })+
    };
}

macro_rules! refused {
    ($($method:ident($($kind:ty),*)),+ $(,)?) => {
        $(fn $method(self, $(_: $kind),*) -> Result<(), NoRow> { refuse(stringify!($method)) })+
    };
}

impl<'a> Serializer for Cell<'a> {
    type Ok = ();
    type Error = NoRow;
    type SerializeSeq = Array<'a>;
    type SerializeTuple = Impossible<(), NoRow>;
    type SerializeTupleStruct = Impossible<(), NoRow>;
    type SerializeTupleVariant = Impossible<(), NoRow>;
    type SerializeMap = Impossible<(), NoRow>;
    type SerializeStruct = Fields<'a>;
    type SerializeStructVariant = Impossible<(), NoRow>;

    shown! {
        serialize_bool: bool, serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64, serialize_f32: f32,
        serialize_f64: f64,
    }

    refused! { serialize_bytes(&[u8]), serialize_unit(), serialize_unit_struct(&'static str) }

    fn serialize_char(self, value: char) -> Result<(), NoRow> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Result<(), NoRow> {
        escaped(value, self.out);
        Ok(())
    }

    fn serialize_none(self) -> Result<(), NoRow> {
        self.out.push_str("\\N");
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), NoRow> {
        value.serialize(self)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), NoRow> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), NoRow> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), NoRow> {
        refuse("a variant with a value")
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Array<'a>, NoRow> {
        self.out.push('{');
        Ok(Array { out: self.out, is_first: true })
    }

    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, NoRow> {
        refuse("a tuple")
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeTupleStruct, NoRow> {
        refuse("a tuple")
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, NoRow> {
        refuse("a tuple")
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap, NoRow> {
        refuse("a map")
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Fields<'a>, NoRow> {
        match self.row_of {
            Some(columns) => Ok(Fields { out: self.out, columns, next: 0 }),
            None => refuse("a struct"),
        }
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, NoRow> {
        refuse("a variant with fields")
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use std::collections::BTreeMap;

    use serde::Serialize;

    use super::*;

    static TABLE: Table = Table {
        name: "t",
        owner: "id",
        key: &["id"],
        columns: &[
            ("id", "bigint not null"),
            ("text", "text"),
            ("list", "text[] not null"),
            ("json", "jsonb not null"),
        ],
        indexes: &[],
    };

    #[derive(Serialize)]
    struct Some4 {
        id: i64,
        text: Option<&'static str>,
        list: Vec<&'static str>,
        json: BTreeMap<&'static str, u8>,
    }

    #[test]
    fn what_copy_would_read_otherwise_is_escaped() {
        let mut out = String::new();
        let row = Some4 {
            id: 7,
            text: Some("a\tb\\N\n"),
            list: vec!["x,y", "\"\\"],
            json: BTreeMap::from([("k", 1)]),
        };
        line(&row, &TABLE, &mut out).unwrap();
        assert_eq!(out, "7\ta\\tb\\\\N\\n\t{\"x,y\",\"\\\\\"\\\\\\\\\"}\t{\"k\":1}\n");
        out.clear();
        let row = Some4 { id: -1, text: None, list: Vec::new(), json: BTreeMap::new() };
        line(&row, &TABLE, &mut out).unwrap();
        assert_eq!(out, "-1\t\\N\t{}\t{}\n");
    }

    #[test]
    fn a_row_in_another_order_than_its_table_is_refused() {
        #[derive(Serialize)]
        struct Turned {
            text: &'static str,
            id: i64,
        }
        let refused = line(&Turned { text: "a", id: 1 }, &TABLE, &mut String::new());
        assert!(refused.unwrap_err().to_string().contains("text"));
    }
}
