//! Values bound to a statement, the same for both databases.

use lanyard_directory::{AppId, GroupId, TenantId, UserId};
use sqlx::Postgres;
use sqlx::postgres::PgArguments;
use sqlx::query::Query;
use uuid::Uuid;

/// One bound value. A null has a type too: PostgreSQL asks for it.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Uuid(Option<Uuid>),
    Integer(Option<i64>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
}

macro_rules! bind {
    ($query:expr, $values:expr) => {{
        let mut query = $query;
        for value in $values {
            query = match value {
                Value::Uuid(value) => query.bind(value),
                Value::Integer(value) => query.bind(value),
                Value::Text(value) => query.bind(value),
                Value::Bytes(value) => query.bind(value),
            };
        }
        query
    }};
}
pub(crate) use bind;

/// Binds all values in their order.
pub(crate) fn bind_postgres(
    query: Query<'_, Postgres, PgArguments>,
    values: Vec<Value>,
) -> Query<'_, Postgres, PgArguments> {
    bind!(query, values)
}

macro_rules! from {
    ($($from:ty => $variant:ident($value:ident) $into:expr;)*) => {$(
        impl From<$from> for Value {
            fn from($value: $from) -> Self {
                Self::$variant(Some($into))
            }
        }

        impl From<Option<$from>> for Value {
            fn from(value: Option<$from>) -> Self {
                Self::$variant(value.map(|$value: $from| $into))
            }
        }
    )*};
}

from! {
    Uuid => Uuid(value) value;
    TenantId => Uuid(value) value.0;
    UserId => Uuid(value) value.0;
    GroupId => Uuid(value) value.0;
    AppId => Uuid(value) value.0;
    i64 => Integer(value) value;
    i16 => Integer(value) i64::from(value);
    String => Text(value) value;
    &str => Text(value) value.to_owned();
    Vec<u8> => Bytes(value) value;
    &[u8] => Bytes(value) value.to_vec();
    [u8; 16] => Bytes(value) value.to_vec();
    [u8; 32] => Bytes(value) value.to_vec();
}

/// `values![a, b]`: each value by its `From`.
macro_rules! values {
    ($($value:expr),* $(,)?) => { vec![$($crate::value::Value::from($value)),*] };
}
pub(crate) use values;
