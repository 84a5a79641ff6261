//! The tree as a list to choose from: each below its superior, set in by its depth.

use std::collections::{HashMap, HashSet};

use serde::Deserialize;
use uuid::Uuid;

use crate::fault::Fault;
use crate::visitor::Visitor;

/// An organisation to choose.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Choice {
    pub(super) id: String,
    /// Its name, set in.
    pub(super) text: String,
}

#[derive(Debug, Deserialize)]
struct Answer {
    items: Vec<Organisation>,
}

#[derive(Debug, Clone, Deserialize)]
struct Organisation {
    id: Uuid,
    name: String,
    parent: Option<Uuid>,
}

pub(super) async fn choices(visitor: &Visitor) -> Result<Vec<Choice>, Fault> {
    let answer: Answer = visitor.ask.get("/v1/organisations").await?;
    Ok(in_order(&answer.items))
}

fn in_order(all: &[Organisation]) -> Vec<Choice> {
    let known: HashSet<Uuid> = all.iter().map(|one| one.id).collect();
    let mut below: HashMap<Option<Uuid>, Vec<&Organisation>> = HashMap::new();
    for one in all {
        // One whose superior is not known stands on its own.
        let above = one.parent.filter(|above| known.contains(above) && *above != one.id);
        below.entry(above).or_default().push(one);
    }
    let mut choices = Vec::with_capacity(all.len());
    let mut next: Vec<(usize, &Organisation)> =
        below.remove(&None).into_iter().flatten().rev().map(|one| (0, one)).collect();
    while let Some((depth, one)) = next.pop() {
        choices.push(Choice { id: one.id.to_string(), text: format!("{}{}", "　".repeat(depth), one.name) });
        next.extend(below.remove(&Some(one.id)).into_iter().flatten().rev().map(|under| (depth + 1, under)));
    }
    choices
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_stands_below_its_superior_and_none_is_lost() {
        let one = |id: u128, name: &str, parent: Option<u128>| Organisation {
            id: Uuid::from_u128(id),
            name: name.to_owned(),
            parent: parent.map(Uuid::from_u128),
        };
        let all = [
            one(3, "内科支部", Some(2)),
            one(1, "学校党委", None),
            one(2, "临床医学院党委", Some(1)),
            one(4, "无上级", Some(9)),
        ];
        let texts: Vec<String> = in_order(&all).into_iter().map(|choice| choice.text).collect();
        assert_eq!(texts, ["学校党委", "　临床医学院党委", "　　内科支部", "无上级"]);
    }
}
