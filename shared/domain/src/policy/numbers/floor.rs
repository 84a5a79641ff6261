//! What no organisation may fall below, and what makes no sense.

use super::{Policy, PolicyFault};

/// Checks ranges, floors and the order of the numbers among themselves.
pub(super) fn check(policy: &Policy) -> Result<(), PolicyFault> {
    floors(policy)?;
    ranges(policy)?;
    order(policy)?;
    words(policy)
}

fn floors(policy: &Policy) -> Result<(), PolicyFault> {
    at_least("liaison.min_people", policy.liaison.min_people, 1, "意见三(四)")?;
    // 定期: the half-year of the Rules' review of activists is the longest that can still be called regular.
    at_most("talk.first_months", policy.talk.first_months, 6, "细则（每半年考察）")?;
    at_most("talk.next_months", policy.talk.next_months, 6, "细则（每半年考察）")?;
    at_most("liaison.gap_days", policy.liaison.gap_days, 31, "意见三(四)无缝隙")
}

fn ranges(policy: &Policy) -> Result<(), PolicyFault> {
    within("liaison.min_people", policy.liaison.min_people, 1, 20)?;
    within("liaison.advise_above", policy.liaison.advise_above, 1, 20)?;
    within("liaison.max_people", policy.liaison.max_people, 1, 50)?;
    within("liaison.gap_days", policy.liaison.gap_days, 1, 31)?;
    within("talk.first_months", policy.talk.first_months, 1, 6)?;
    within("talk.next_months", policy.talk.next_months, 1, 6)?;
    within("talk.lead_days", policy.talk.lead_days, 0, 60)?;
    within("ladder.liaison", policy.ladder.liaison, 0, 60)?;
    within("ladder.organisation_department", policy.ladder.organisation_department, 1, 120)?;
    within("staleness.years", policy.stale_after_years, 1, 5)?;
    within("erasure.days", policy.erase_after_days, 1, 90)
}

fn order(policy: &Policy) -> Result<(), PolicyFault> {
    let liaison = &policy.liaison;
    if liaison.min_people > liaison.advise_above {
        return Err(contradiction("liaison.min_people", "at most", "liaison.advise_above"));
    }
    if liaison.advise_above > liaison.max_people {
        return Err(contradiction("liaison.advise_above", "at most", "liaison.max_people"));
    }
    let rungs = [
        ("ladder.liaison", policy.ladder.liaison),
        ("ladder.branch_secretary", policy.ladder.branch_secretary),
        ("ladder.general_branch_secretary", policy.ladder.general_branch_secretary),
        ("ladder.organisation_department", policy.ladder.organisation_department),
    ];
    for pair in rungs.windows(2) {
        if let [(lower, before), (higher, after)] = pair
            && before >= after
        {
            return Err(contradiction(lower, "less than", higher));
        }
    }
    Ok(())
}

fn words(policy: &Policy) -> Result<(), PolicyFault> {
    let education = "意见前言（研究生学历以上）";
    if !policy.graduate_educations.iter().any(|word| "博士研究生".contains(word.as_str())) {
        return Err(missing("key_group.graduate_educations", "博士研究生", education));
    }
    if !policy.graduate_educations.iter().any(|word| "硕士研究生".contains(word.as_str())) {
        return Err(missing("key_group.graduate_educations", "硕士研究生", education));
    }
    for title in ["教授", "副教授"] {
        if !policy.senior_titles.iter().any(|word| word == title) {
            return Err(missing("key_group.senior_titles", title, "意见前言（副高级以上职称）"));
        }
    }
    Ok(())
}

fn at_least(key: &'static str, value: u32, floor: u32, article: &'static str) -> Result<(), PolicyFault> {
    if value >= floor { Ok(()) } else { Err(PolicyFault::WeakerThanFloor { key, value, floor, article }) }
}

fn at_most(key: &'static str, value: u32, floor: u32, article: &'static str) -> Result<(), PolicyFault> {
    if value <= floor { Ok(()) } else { Err(PolicyFault::WeakerThanFloor { key, value, floor, article }) }
}

fn within(key: &'static str, value: u32, min: u32, max: u32) -> Result<(), PolicyFault> {
    if (min..=max).contains(&value) { Ok(()) } else { Err(PolicyFault::OutOfRange { key, value, min, max }) }
}

fn contradiction(smaller: &'static str, relation: &'static str, larger: &'static str) -> PolicyFault {
    PolicyFault::Contradiction { smaller, relation, larger }
}

fn missing(key: &'static str, word: &'static str, article: &'static str) -> PolicyFault {
    PolicyFault::WordMissing { key, word, article }
}
