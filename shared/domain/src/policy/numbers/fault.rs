//! What is wrong with a policy file: always with the key it is about.

/// Why a policy file is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyFault {
    /// Longer than one event may carry.
    #[error("the policy has {bytes} bytes, at most {limit} are taken")]
    TooLarge {
        /// Bytes given.
        bytes: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// Not TOML at all.
    #[error("not TOML: {detail}")]
    NotToml {
        /// What the parser says, with line and column.
        detail: String,
    },
    /// A key that must be there is not.
    #[error("`{key}` is missing")]
    Missing {
        /// Dotted name.
        key: String,
    },
    /// A key that nobody knows: a typing error would otherwise silently leave a default in force.
    #[error("`{key}` is not known")]
    Unknown {
        /// Dotted name.
        key: String,
    },
    /// A value of another type.
    #[error("`{key}` must be {expected}")]
    WrongType {
        /// Dotted name.
        key: String,
        /// What it must be.
        expected: &'static str,
    },
    /// A number without the provision it comes from.
    #[error("`{key}` needs a source: the provision or decision that it comes from")]
    SourceMissing {
        /// Dotted name.
        key: String,
    },
    /// A number outside what makes sense.
    #[error("`{key}` is {value}; it must lie between {min} and {max}")]
    OutOfRange {
        /// Dotted name.
        key: &'static str,
        /// Value given.
        value: u32,
        /// Smallest allowed.
        min: u32,
        /// Largest allowed.
        max: u32,
    },
    /// Weaker than what the university's or national rules demand at the least.
    #[error("`{key}` is {value}, weaker than the floor of {floor} ({article})")]
    WeakerThanFloor {
        /// Dotted name.
        key: &'static str,
        /// Value given.
        value: u32,
        /// The weakest allowed.
        floor: u32,
        /// The provision that sets the floor.
        article: &'static str,
    },
    /// A word that the rules demand is not in the list.
    #[error("`{key}` must contain {word} ({article})")]
    WordMissing {
        /// Dotted name.
        key: &'static str,
        /// The word.
        word: &'static str,
        /// The provision that demands it.
        article: &'static str,
    },
    /// Two numbers that contradict each other.
    #[error("`{smaller}` must be {relation} `{larger}`")]
    Contradiction {
        /// Dotted name of the one that must be smaller.
        smaller: &'static str,
        /// `at most` or `less than`.
        relation: &'static str,
        /// Dotted name of the other.
        larger: &'static str,
    },
}
