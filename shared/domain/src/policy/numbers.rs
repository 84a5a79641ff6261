//! The numbers of one policy version, each with the provision that it comes from.

mod fault;
mod floor;
mod reader;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jiff::civil::{Date, Time};
use sha2::{Digest, Sha256};

pub use fault::PolicyFault;
use reader::Reader;

/// Longest policy text in bytes: it must fit into one event.
pub const MAX_POLICY_BYTES: usize = 32 * 1024;

const SHIPPED: &str = include_str!("shipped/2021-09-06.toml");

/// One version of the policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Name of the version.
    pub version: String,
    /// First day on which it holds.
    pub valid_from: Date,
    /// SHA-256 of the text, lower-case hex.
    pub hash: String,
    /// 党内联系人.
    pub liaison: LiaisonNumbers,
    /// 谈心谈话.
    pub talk: TalkNumbers,
    /// 升级提醒.
    pub ladder: Ladder,
    /// Time of day of the digests, Asia/Shanghai.
    pub digest_at: Time,
    /// Words of an education of graduate level.
    pub graduate_educations: Vec<String>,
    /// Words of a degree of graduate level.
    pub graduate_degrees: Vec<String>,
    /// Words that say an education or degree is not finished.
    pub unfinished_words: Vec<String>,
    /// Titles of associate-senior level or higher, whole.
    pub senior_titles: Vec<String>,
    /// Words of the categories.
    pub categories: CategoryWords,
    /// Years after which unconfirmed data counts as stale.
    pub stale_after_years: u32,
    /// Days until an erasure has left the last backup.
    pub erase_after_days: u32,
    sources: BTreeMap<String, String>,
}

/// People per leader, and gaps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiaisonNumbers {
    /// Each leader accompanies at least so many people.
    pub min_people: u32,
    /// More than so many people are advised against.
    pub advise_above: u32,
    /// Nobody is proposed more people than this.
    pub max_people: u32,
    /// Days after which a gap in coverage is due to be closed.
    pub gap_days: u32,
}

/// When talks are due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TalkNumbers {
    /// Months from the assignment to the first talk.
    pub first_months: u32,
    /// Months from a talk to the next.
    pub next_months: u32,
    /// Days before the due day on which one is first reminded.
    pub lead_days: u32,
}

/// Working days after the due day on which each rung is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ladder {
    /// 党内联系人.
    pub liaison: u32,
    /// 教师党支部书记.
    pub branch_secretary: u32,
    /// 党总支书记.
    pub general_branch_secretary: u32,
    /// 组织部.
    pub organisation_department: u32,
}

/// Words by which categories are recognised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CategoryWords {
    /// 博士, in education or degree.
    pub doctor: Vec<String>,
    /// 学科带头人, in the talent title like those below.
    pub discipline_leader: Vec<String>,
    /// 学术带头人.
    pub academic_leader: Vec<String>,
    /// 重点实验室负责人.
    pub laboratory_head: Vec<String>,
    /// 优秀中青年教师.
    pub outstanding_young_teacher: Vec<String>,
    /// 教学科研骨干.
    pub backbone: Vec<String>,
}

impl Policy {
    /// Reads a policy file.
    ///
    /// # Errors
    /// Not TOML, a key missing, unknown, of the wrong type or without source, a number that makes no sense
    /// or is weaker than the floor.
    pub fn parse(text: &str) -> Result<Self, PolicyFault> {
        if text.len() > MAX_POLICY_BYTES {
            return Err(PolicyFault::TooLarge { bytes: text.len(), limit: MAX_POLICY_BYTES });
        }
        let mut reader = Reader::new(text)?;
        let mut policy = Self {
            version: reader.version()?,
            valid_from: reader.valid_from()?,
            hash: hex(&Sha256::digest(text.as_bytes())),
            liaison: liaison(&mut reader)?,
            talk: talk(&mut reader)?,
            ladder: ladder(&mut reader)?,
            digest_at: reader.time("digest.at")?,
            graduate_educations: reader.words("key_group.graduate_educations")?,
            graduate_degrees: reader.words("key_group.graduate_degrees")?,
            unfinished_words: reader.words("key_group.unfinished_words")?,
            senior_titles: reader.words("key_group.senior_titles")?,
            categories: categories(&mut reader)?,
            stale_after_years: reader.number("staleness.years")?,
            erase_after_days: reader.number("erasure.days")?,
            sources: BTreeMap::new(),
        };
        policy.sources = reader.finish()?;
        floor::check(&policy)?;
        Ok(policy)
    }

    /// The policy that comes with Peiyu.
    #[must_use]
    pub fn shipped() -> &'static Self {
        #[expect(clippy::expect_used, reason = "embedded text; a test parses it")]
        static POLICY: LazyLock<Policy> =
            LazyLock::new(|| Policy::parse(SHIPPED).expect("the shipped policy is right"));
        &POLICY
    }

    /// Its text, as adopted on first start.
    #[must_use]
    pub fn shipped_text() -> &'static str {
        SHIPPED
    }

    /// The provision that a number comes from, by its dotted name: `talk.next_months`.
    #[must_use]
    pub fn article_of(&self, number: &str) -> Option<&str> {
        self.sources.get(number).map(String::as_str)
    }

    /// Every number's dotted name with its source, in the order of the names.
    pub fn sources(&self) -> impl Iterator<Item = (&str, &str)> {
        self.sources.iter().map(|(name, source)| (name.as_str(), source.as_str()))
    }
}

fn liaison(reader: &mut Reader) -> Result<LiaisonNumbers, PolicyFault> {
    Ok(LiaisonNumbers {
        min_people: reader.number("liaison.min_people")?,
        advise_above: reader.number("liaison.advise_above")?,
        max_people: reader.number("liaison.max_people")?,
        gap_days: reader.number("liaison.gap_days")?,
    })
}

fn talk(reader: &mut Reader) -> Result<TalkNumbers, PolicyFault> {
    Ok(TalkNumbers {
        first_months: reader.number("talk.first_months")?,
        next_months: reader.number("talk.next_months")?,
        lead_days: reader.number("talk.lead_days")?,
    })
}

fn ladder(reader: &mut Reader) -> Result<Ladder, PolicyFault> {
    Ok(Ladder {
        liaison: reader.number("ladder.liaison")?,
        branch_secretary: reader.number("ladder.branch_secretary")?,
        general_branch_secretary: reader.number("ladder.general_branch_secretary")?,
        organisation_department: reader.number("ladder.organisation_department")?,
    })
}

fn categories(reader: &mut Reader) -> Result<CategoryWords, PolicyFault> {
    Ok(CategoryWords {
        doctor: reader.words("categories.doctor")?,
        discipline_leader: reader.words("categories.discipline_leader")?,
        academic_leader: reader.words("categories.academic_leader")?,
        laboratory_head: reader.words("categories.laboratory_head")?,
        outstanding_young_teacher: reader.words("categories.outstanding_young_teacher")?,
        backbone: reader.words("categories.backbone")?,
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
