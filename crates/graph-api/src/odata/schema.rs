//! What can be asked about a kind of resource: its properties and the operators each of them takes.

use crate::odata::{Path, QueryFault};

/// What a property holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Text, compared without regard to case. Ids and enumerations too.
    Text,
    /// `true` or `false`.
    Boolean,
    /// A whole number.
    Integer,
    /// A moment.
    Moment,
    /// Texts.
    Texts,
    /// An object; what is inside has entries of its own (`status/errorCode`).
    Object,
    /// Objects; what is inside has entries of its own.
    Objects,
}

/// Whether an operator may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Need {
    /// Always.
    Default,
    /// In advanced mode: `ConsistencyLevel: eventual` and `$count=true`.
    Advanced,
    /// Never.
    Never,
}

/// Which operators a property takes. Source: the matrix of directory-policy-tokens §2.1.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Operators {
    /// `eq`
    pub(crate) equal: Need,
    /// `ne`, `not`
    pub(crate) not: Need,
    /// `ge`, `le`, `gt`, `lt`
    pub(crate) range: Need,
    /// `in`
    pub(crate) one_of: Need,
    /// `startsWith`
    pub(crate) starts_with: Need,
    /// `endsWith`
    pub(crate) ends_with: Need,
    /// `contains`
    pub(crate) contains: Need,
    /// `eq null`
    pub(crate) null: Need,
    /// `$orderby`
    pub(crate) order: Need,
}

/// One property of a resource.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Property {
    /// Its name; of a part of an object with the way to it.
    pub(crate) name: &'static str,
    /// What it holds.
    pub(crate) kind: Kind,
    /// Returned without `$select`.
    pub(crate) default: bool,
    /// How it can be asked about.
    pub(crate) operators: Operators,
}

/// A kind of resource.
#[derive(Debug)]
pub(crate) struct Schema {
    /// `user`
    pub(crate) type_name: &'static str,
    /// The set in `@odata.context`: `users`.
    pub(crate) set_name: &'static str,
    /// Every property that can be selected or asked about.
    pub(crate) properties: &'static [Property],
    /// Whether [`Need::Advanced`] asks for the header; logs and roles know no advanced mode.
    pub(crate) has_advanced_mode: bool,
    /// Largest `$top`.
    pub(crate) max_page: u32,
    /// Items of a page without `$top`.
    pub(crate) default_page: u32,
    /// Properties that `$search` looks at.
    pub(crate) searchable: &'static [&'static str],
    /// Relations that `$expand` fetches.
    pub(crate) expandable: &'static [&'static str],
}

use Need::{Advanced as A, Default as D, Never as N};

impl Operators {
    const fn of(equal: Need, not: Need, range: Need, one_of: Need, starts_with: Need, null: Need) -> Self {
        Self {
            equal,
            not,
            range,
            one_of,
            starts_with,
            ends_with: N,
            contains: N,
            null,
            order: A,
        }
    }

    /// Nothing can be asked about it.
    pub(crate) const NONE: Self = Self {
        order: N,
        ..Self::of(N, N, N, N, N, N)
    };
    /// `id` and other ids.
    pub(crate) const ID: Self = Self::of(D, A, N, D, N, N);
    /// Names and words about people and things.
    pub(crate) const WORDS: Self = Self::of(D, A, D, D, D, A);
    /// Names that can also be sorted by.
    pub(crate) const NAME: Self = Self {
        contains: A,
        order: D,
        ..Self::WORDS
    };
    /// Mail addresses: also by their end.
    pub(crate) const MAIL: Self = Self {
        ends_with: A,
        contains: A,
        ..Self::WORDS
    };
    /// User principal names.
    pub(crate) const SIGN_IN_NAME: Self = Self {
        ends_with: A,
        contains: A,
        null: N,
        order: D,
        ..Self::WORDS
    };
    /// Switches and kinds.
    pub(crate) const SWITCH: Self = Self::of(D, A, N, D, N, N);
    /// Moments.
    pub(crate) const MOMENT: Self = Self::of(D, A, D, N, N, A);
    /// Lists of texts, with `any`.
    pub(crate) const LIST: Self = Self::of(D, A, D, N, D, N);
    /// `authorizationInfo/certificateUserIds`.
    pub(crate) const CERTIFICATE_USER_IDS: Self = Self {
        order: N,
        ..Self::of(A, A, N, N, A, N)
    };
    /// Everything only in advanced mode.
    pub(crate) const ADVANCED: Self = Self::of(A, A, A, A, A, A);
    /// Columns of the logs that are compared for equality.
    pub(crate) const LOG_EQUAL: Self = Self {
        order: N,
        ..Self::of(D, N, N, D, N, D)
    };
    /// Columns of the logs that are texts.
    pub(crate) const LOG_TEXT: Self = Self {
        order: N,
        ..Self::of(D, N, N, D, D, D)
    };
    /// Numbers and lists of the logs: also `ne` and ranges.
    pub(crate) const LOG_NUMBER: Self = Self {
        order: N,
        ..Self::of(D, D, D, D, N, D)
    };
    /// The moment of a log row.
    pub(crate) const LOG_MOMENT: Self = Self {
        order: D,
        ..Self::of(D, N, D, N, N, N)
    };
}

impl Property {
    /// Returned without `$select`.
    pub(crate) const fn shown(name: &'static str, kind: Kind, operators: Operators) -> Self {
        Self {
            name,
            kind,
            default: true,
            operators,
        }
    }

    /// Returned only when selected.
    pub(crate) const fn on_request(name: &'static str, kind: Kind, operators: Operators) -> Self {
        Self {
            default: false,
            ..Self::shown(name, kind, operators)
        }
    }
}

impl Schema {
    /// The property of this name, letter by letter.
    pub(crate) fn property(&self, name: &str) -> Option<&Property> {
        self.properties.iter().find(|property| property.name == name)
    }

    /// The property of a path.
    ///
    /// # Errors
    /// In Graph's words when there is none.
    pub(crate) fn resolve(&self, path: &Path) -> Result<&Property, QueryFault> {
        let name = path.text();
        self.property(&name).ok_or_else(|| {
            QueryFault::malformed(format!(
                "Could not find a property named '{name}' on type 'microsoft.graph.{}'.",
                self.type_name
            ))
        })
    }

    /// The properties returned without `$select`.
    pub(crate) fn default_names(&self) -> impl Iterator<Item = &'static str> {
        self.properties
            .iter()
            .filter(|property| property.default)
            .map(|property| property.name)
    }
}
