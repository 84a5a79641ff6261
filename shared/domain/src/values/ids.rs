//! Ids of aggregates: random UUIDv7, or UUIDv5 where one must be found again.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Namespace under which the UUIDv5 of this installation are made.
const NAMESPACE: Uuid = Uuid::from_u128(0x8f1d_8a50_6c3a_5b7e_9d35_5f0c_7f1e_65a2);

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new random id, ordered by time (UUIDv7).
            #[must_use]
            pub fn random() -> Self {
                Self(Uuid::now_v7())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    };
}

id!(
    /// A person: in the roster, the tree or both; also the id of their candidate and member streams.
    PersonId
);
id!(
    /// A committee, general branch, branch or department.
    OrganisationId
);
id!(
    /// A training class of the party school.
    ClassId
);
id!(
    /// A run of an import.
    ImportId
);
id!(
    /// A login.
    AccountId
);
id!(
    /// A digest: addressee, day and channel.
    ReminderId
);

impl OrganisationId {
    /// Found again by tenant and 组织编号.
    #[must_use]
    pub fn of_number(tenant: &str, number: &str) -> Self {
        Self(named(&["organisation", tenant, number]))
    }
}

impl ReminderId {
    /// Made from what it is for: addressee, day and channel.
    #[must_use]
    pub fn of(addressee: PersonId, day: jiff::civil::Date, channel: &str) -> Self {
        Self(named(&["reminder", &addressee.to_string(), &day.to_string(), channel]))
    }
}

/// UUIDv5 of a list of words, each closed by a zero byte so that none runs into the next.
#[must_use]
pub fn named(words: &[&str]) -> Uuid {
    let mut name = Vec::new();
    for word in words {
        name.extend_from_slice(word.as_bytes());
        name.push(0);
    }
    Uuid::new_v5(&NAMESPACE, &name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_organisation_is_found_again_by_its_number() {
        assert_eq!(OrganisationId::of_number("demo", "001"), OrganisationId::of_number("demo", "001"));
        assert_ne!(OrganisationId::of_number("demo", "001"), OrganisationId::of_number("demo", "0010"));
        assert_ne!(OrganisationId::of_number("demo", "001"), OrganisationId::of_number("other", "001"));
    }
}
