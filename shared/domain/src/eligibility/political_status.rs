//! 政治面貌 as rosters write it.

use crate::values::PoliticalStatus;

/// Words by which the eight democratic parties are known, short and long.
const OTHER_PARTIES: [&str; 16] = [
    "民革",
    "民盟",
    "民建",
    "民进",
    "农工",
    "致公党",
    "九三",
    "台盟",
    "国民党革命委员会",
    "民主同盟",
    "民主建国会",
    "民主促进会",
    "农工民主党",
    "中国致公党",
    "九三学社",
    "民主自治同盟",
];

/// Reads a political status; `Unknown` when it says nothing that Peiyu knows.
#[must_use]
pub fn political_status(word: &str) -> PoliticalStatus {
    let word = word.trim();
    // Before 党员: 农工党党员 and 致公党党员 are no members of ours.
    if OTHER_PARTIES.iter().any(|party| word.contains(party)) {
        return PoliticalStatus::OtherParty;
    }
    match word {
        // Before 党员 as well: 预备党员 ends with it.
        _ if word.contains("预备党员") => PoliticalStatus::Probationary,
        "党员" | "正式党员" | "共产党员" | "中国共产党党员" => PoliticalStatus::FullMember,
        _ if word.starts_with("中共党员") || word.starts_with("中共正式党员") => {
            PoliticalStatus::FullMember
        }
        _ if word.contains("积极分子") || word.contains("发展对象") => PoliticalStatus::Activist,
        _ if word.contains("团员") => PoliticalStatus::LeagueMember,
        _ if word.contains("无党派") => PoliticalStatus::NonPartisan,
        "群众" | "普通公民" | "普通群众" => PoliticalStatus::Masses,
        _ => PoliticalStatus::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_of_a_roster_is_read() {
        for (word, status) in [
            ("中共党员", PoliticalStatus::FullMember),
            ("中共党员（2019年转正）", PoliticalStatus::FullMember),
            ("正式党员", PoliticalStatus::FullMember),
            ("中共预备党员", PoliticalStatus::Probationary),
            (" 预备党员 ", PoliticalStatus::Probationary),
            ("入党积极分子", PoliticalStatus::Activist),
            ("共青团员", PoliticalStatus::LeagueMember),
            ("民盟盟员", PoliticalStatus::OtherParty),
            ("九三学社社员", PoliticalStatus::OtherParty),
            ("农工党党员", PoliticalStatus::OtherParty),
            ("致公党党员", PoliticalStatus::OtherParty),
            ("无党派人士", PoliticalStatus::NonPartisan),
            ("群众", PoliticalStatus::Masses),
            ("", PoliticalStatus::Unknown),
            ("其他", PoliticalStatus::Unknown),
        ] {
            assert_eq!(political_status(word), status, "{word}");
        }
    }
}
