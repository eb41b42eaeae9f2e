//! The query options of a request.

use crate::odata::advanced::{check_need, need_of};
use crate::odata::schema::{Need, Schema};
use crate::odata::search::Search;
use crate::odata::{Filter, Path, QueryFault};

/// What a list request asks for, checked against the schema.
#[derive(Clone, Debug, Default)]
pub(crate) struct QueryOptions {
    /// Names in the order given; `None`: the default set.
    pub(crate) select: Option<Vec<String>>,
    /// `$filter`
    pub(crate) filter: Option<Filter>,
    /// `$search`
    pub(crate) search: Option<Search>,
    /// `$orderby`
    pub(crate) order: Option<Order>,
    /// `$top`, or the default.
    pub(crate) page_size: usize,
    /// `$count=true`
    pub(crate) count: bool,
    /// `$skiptoken`, as it came.
    pub(crate) skip_token: Option<String>,
    /// `$expand`
    pub(crate) expand: Option<Expand>,
}

/// One property to sort by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Order {
    pub(crate) property: String,
    pub(crate) descending: bool,
}

/// One relation to fetch with each resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Expand {
    pub(crate) relation: String,
    pub(crate) select: Option<Vec<String>>,
}

/// The options Graph knows and this server does not answer, or not here.
fn unknown(name: &str) -> QueryFault {
    QueryFault::malformed(format!(
        "The query parameter '{name}' is not supported on this resource."
    ))
}

/// Refuses every query option, where none is answered.
///
/// # Errors
/// The first one there is.
pub(crate) fn refuse_options(pairs: &[(String, String)]) -> Result<(), QueryFault> {
    for (name, value) in pairs {
        check_name(name)?;
        if name.starts_with('$') && !is_json_format(name, value) {
            return Err(unknown(name));
        }
    }
    Ok(())
}

fn is_json_format(name: &str, value: &str) -> bool {
    name == "$format" && (value.starts_with("json") || value.starts_with("application/json"))
}

/// The name of an option without its dollar sign would be passed over, and the answer would be another one than was meant.
fn check_name(name: &str) -> Result<(), QueryFault> {
    const KNOWN: [&str; 10] = [
        "apply",
        "count",
        "expand",
        "filter",
        "orderby",
        "search",
        "select",
        "skip",
        "skiptoken",
        "top",
    ];
    if KNOWN.iter().any(|known| name.eq_ignore_ascii_case(known)) {
        return Err(QueryFault::malformed(format!(
            "Query option '{name}' is written '${}'.",
            name.to_ascii_lowercase()
        )));
    }
    Ok(())
}

impl QueryOptions {
    /// Reads the options of a list.
    ///
    /// Rule `GRAPH-QUERY-OPTIONS`: an option that is not known or not supported here is refused, as is one given twice or written
    /// without its dollar sign; other parameters are not options and are passed over. Source: directory-policy-tokens §2.1.
    ///
    /// # Errors
    /// The first option that cannot be answered.
    pub(crate) fn for_list(
        pairs: &[(String, String)],
        schema: &Schema,
        eventual: bool,
    ) -> Result<Self, QueryFault> {
        let mut options = Self {
            page_size: usize::try_from(schema.default_page).unwrap_or(100),
            ..Self::default()
        };
        for (name, _) in pairs {
            check_name(name)?;
        }
        let mut seen: Vec<&str> = Vec::new();
        for (name, value) in pairs.iter().filter(|(name, _)| name.starts_with('$')) {
            if seen.contains(&name.as_str()) {
                return Err(QueryFault::malformed(format!(
                    "Query option '{name}' was specified more than once, but it must be specified at most once."
                )));
            }
            seen.push(name);
            options.read(name, value, schema)?;
        }
        options.check(schema, eventual)?;
        Ok(options)
    }

    /// Reads the options of a single resource: only `$select` and `$expand`.
    ///
    /// # Errors
    /// As [`QueryOptions::for_list`].
    pub(crate) fn for_one(pairs: &[(String, String)], schema: &Schema) -> Result<Self, QueryFault> {
        let other = pairs
            .iter()
            .find(|(name, _)| name.starts_with('$') && name != "$select" && name != "$expand");
        match other {
            Some((name, _)) => Err(unknown(name)),
            None => Self::for_list(pairs, schema, true),
        }
    }

    fn read(&mut self, name: &str, value: &str, schema: &Schema) -> Result<(), QueryFault> {
        match name {
            "$select" => self.select = Some(select(value, schema)?),
            "$filter" => self.filter = Some(Filter::parse(value)?),
            "$search" if !schema.searchable.is_empty() => {
                self.search = Some(Search::parse(value, schema.searchable)?);
            }
            "$orderby" => self.order = Some(order(value, schema)?),
            "$top" => self.page_size = top(value, schema)?,
            "$count" => match value {
                "true" => self.count = true,
                "false" => self.count = false,
                _ => return Err(QueryFault::malformed("Invalid value for $count: true or false.")),
            },
            "$skiptoken" => self.skip_token = Some(value.to_owned()),
            "$expand" if !schema.expandable.is_empty() => self.expand = Some(expand(value, schema)?),
            name if is_json_format(name, value) => {}
            other => return Err(unknown(other)),
        }
        Ok(())
    }

    fn check(&self, schema: &Schema, eventual: bool) -> Result<(), QueryFault> {
        if schema.has_advanced_mode && !eventual {
            if self.search.is_some() {
                return Err(QueryFault::unsupported(
                    "Request with $search query parameter only works through MSGraph with a special request header: 'ConsistencyLevel: eventual'",
                ));
            }
            if self.count {
                return Err(QueryFault::malformed("$count is not currently supported."));
            }
        }
        // `$search` is advanced by itself; for everything else `$count=true` belongs to it.
        let advanced = eventual && (self.count || self.search.is_some());
        let mut need = Need::Default;
        if let Some(filter) = &self.filter {
            need = need_of(filter, schema)?;
        }
        if let Some(order) = &self.order {
            let property = schema.resolve(&Path(vec![order.property.clone()]))?;
            need = need.max(property.operators.order);
            if self.filter.is_some() && schema.has_advanced_mode {
                need = need.max(Need::Advanced);
            }
        }
        check_need(need, advanced, schema)
    }
}

fn names(value: &str) -> impl Iterator<Item = &str> {
    value.split(',').map(str::trim)
}

/// Rule `GRAPH-SELECT`: `$select` names properties letter by letter; a name that the type does not have is refused.
/// Source: directory-policy-tokens §2.1.
fn select(value: &str, schema: &Schema) -> Result<Vec<String>, QueryFault> {
    let mut selected: Vec<String> = Vec::new();
    for name in names(value) {
        if name == "*" {
            return Ok(schema
                .properties
                .iter()
                .filter(|property| !property.name.contains('/'))
                .map(|property| property.name.to_owned())
                .collect());
        }
        // `authorizationInfo/certificateUserIds` selects the object it is in.
        schema.resolve(&Path(vec![name.to_owned()]))?;
        let outer = name.split('/').next().unwrap_or(name).to_owned();
        if !selected.contains(&outer) {
            selected.push(outer);
        }
    }
    Ok(selected)
}

/// Rule `GRAPH-PAGE-SIZE`: `$top` is 1 to 999 on directory objects and 1 to 1000 on logs; more is refused. Source:
/// directory-policy-tokens §2.1, §8.1.
fn top(value: &str, schema: &Schema) -> Result<usize, QueryFault> {
    match value.parse::<u32>() {
        Ok(number) if (1..=schema.max_page).contains(&number) => Ok(number as usize),
        _ => Err(QueryFault::malformed(format!(
            "Invalid page size specified: '{value}'. Must be between 1 and {} inclusive.",
            schema.max_page
        ))),
    }
}

fn order(value: &str, schema: &Schema) -> Result<Order, QueryFault> {
    let mut words = value.split_whitespace();
    let property = words.next().unwrap_or_default();
    let descending = match words.next() {
        None | Some("asc") => false,
        Some("desc") => true,
        Some(_) => {
            return Err(QueryFault::malformed(
                "Invalid $orderby: asc or desc was expected.",
            ));
        }
    };
    if words.next().is_some() || property.contains(',') {
        return Err(QueryFault::unsupported(
            "Unsupported Query. $orderby takes one property.",
        ));
    }
    schema.resolve(&Path(vec![property.to_owned()]))?;
    Ok(Order {
        property: property.to_owned(),
        descending,
    })
}

/// Rule `GRAPH-EXPAND`: `$expand` takes one relation and no nested option but `$select`. Source: directory-policy-tokens
/// §2.1.
fn expand(value: &str, schema: &Schema) -> Result<Expand, QueryFault> {
    let (relation, nested) = match value.split_once('(') {
        Some((relation, nested)) => (relation, nested.strip_suffix(')')),
        None => (value, Some("")),
    };
    let Some(nested) = nested.filter(|_| schema.expandable.contains(&relation)) else {
        return Err(QueryFault::malformed(format!(
            "Could not find a property named '{}' on type 'microsoft.graph.{}'.",
            crate::odata::shown(relation),
            schema.type_name
        )));
    };
    let select = match nested {
        "" => None,
        nested => match nested.strip_prefix("$select=") {
            Some(list) if !list.contains(['(', ')', ';']) => Some(names(list).map(str::to_owned).collect()),
            _ => {
                return Err(QueryFault::unsupported(
                    "Unsupported Query. $expand takes only $select.",
                ));
            }
        },
    };
    Ok(Expand {
        relation: relation.to_owned(),
        select,
    })
}
