//! Pinyin of names, for searching and sorting.

use pinyin::ToPinyin;

/// How a name is spelt.
pub(super) struct Spelling {
    /// `zhangsan`.
    pub(super) pinyin: String,
    /// `zs`.
    pub(super) initials: String,
    /// `zhang san 张三`: syllable by syllable, so that 方 stands before 芳 of a longer syllable.
    pub(super) sort_key: String,
}

pub(super) fn of_name(name: &str) -> Spelling {
    let mut spelling = Spelling { pinyin: String::new(), initials: String::new(), sort_key: String::new() };
    for (place, character) in name.chars().enumerate() {
        let syllable = match (surname(character), character.to_pinyin()) {
            (Some(surname), _) if place == 0 => surname.to_owned(),
            (_, Some(pinyin)) => format!("{} ", pinyin.plain()).trim_end().to_owned(),
            (_, None) if character.is_alphanumeric() => character.to_lowercase().collect(),
            // Dots and spaces within names are not typed when searching.
            (_, None) => continue,
        };
        let is_syllable = character.to_pinyin().is_some();
        let begins = is_syllable || !spelling.pinyin.ends_with(|last: char| last.is_ascii_alphanumeric());
        if begins || place == 0 {
            spelling.initials.extend(syllable.chars().next());
        }
        if is_syllable && !spelling.sort_key.is_empty() {
            spelling.sort_key.push(' ');
        }
        spelling.pinyin.push_str(&syllable.replace('ü', "v"));
        spelling.sort_key.push_str(&syllable);
    }
    spelling.sort_key.push(' ');
    spelling.sort_key.push_str(name);
    spelling
}

/// Characters that are read otherwise as surnames.
fn surname(character: char) -> Option<&'static str> {
    Some(match character {
        '单' => "shan",
        '曾' => "zeng",
        '解' => "xie",
        '仇' => "qiu",
        '区' => "ou",
        '查' => "zha",
        '盖' => "ge",
        '朴' => "piao",
        '尉' => "yu",
        '翟' => "zhai",
        '覃' => "qin",
        '繁' => "po",
        '员' => "yun",
        '召' => "shao",
        '洗' => "xian",
        '折' => "she",
        '乐' => "yue",
        '缪' => "miao",
        '秘' => "bi",
        '种' => "chong",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_by_pinyin_and_by_initials() {
        let spelling = of_name("张三丰");
        assert_eq!((spelling.pinyin.as_str(), spelling.initials.as_str()), ("zhangsanfeng", "zsf"));
        assert_eq!(spelling.sort_key, "zhang san feng 张三丰");
    }

    #[test]
    fn a_surname_is_read_as_a_surname() {
        assert_eq!(of_name("单小曾").pinyin, "shanxiaoceng");
        assert_eq!(of_name("曾小单").initials, "zxd");
    }

    #[test]
    fn a_foreign_name_keeps_its_letters() {
        assert_eq!(of_name("买买提·Ali").pinyin, "maimaitiali");
        assert_eq!(of_name("John").initials, "j");
    }
}
