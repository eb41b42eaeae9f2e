//! Lists: pages of what an index yields, filtered, projected, with the link to the next one.

use axum::body::Body;
use axum::response::Response;
use http::header::{CONTENT_TYPE, ETAG};
use http::{HeaderValue, StatusCode};
use lanyard_engine::version_of;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::answer;
use crate::error::GraphError;
use crate::odata::{Cursor, QueryFault, QueryOptions, Schema, meets};
use crate::query::Query;

/// Most resources that one page looks at; when so few of them meet the filter that the page is not full, it ends with a link.
pub(crate) const MAX_LOOKED_AT: usize = 5_000;
/// Most resources that a count with a filter looks at.
pub(crate) const MAX_COUNTED: usize = 250_000;
/// Most resources that are sorted by what no index sorts by.
pub(crate) const MAX_SORTED: usize = 10_000;
const BATCH: u32 = 500;
const ETAG_NAME: &str = "@odata.etag";

/// Something that yields resources in a fixed order, with all their properties.
pub(crate) trait Source: Sync {
    /// The resources behind a place, at most `limit`; fewer mean that there are no more.
    fn page(
        &self,
        after: Option<&Cursor>,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<(Cursor, Value)>, GraphError>> + Send;

    /// How many there are without any filter, when that is cheaper than looking at all of them.
    fn total(&self) -> impl Future<Output = Result<Option<u64>, GraphError>> + Send {
        std::future::ready(Ok(None))
    }
}

/// A page of a list.
pub(crate) struct Page {
    /// Resources with all their properties.
    pub(crate) resources: Vec<Value>,
    next: Option<Cursor>,
    count: Option<u64>,
    /// How many were read to find them.
    looked_at: usize,
}

fn wanted(options: &QueryOptions, resource: &Value) -> bool {
    options
        .filter
        .as_ref()
        .is_none_or(|filter| meets(filter, resource))
        && options
            .search
            .as_ref()
            .is_none_or(|search| search.finds(resource))
}

fn is_narrowed(options: &QueryOptions) -> bool {
    options.filter.is_some() || options.search.is_some()
}

/// The page a request asks for.
///
/// Rule `GRAPH-BOUNDED-SCAN`: a page looks at 5,000 resources at most, whatever the filter: where no index answers it, a page may
/// hold few or none and a link; a count with a filter looks at 250,000 and is refused beyond. Source:
/// directory-policy-tokens §2.1.
pub(crate) async fn page<S: Source>(options: &QueryOptions, source: &S) -> Result<Page, GraphError> {
    let first = options.skip_token.is_none();
    let mut after = match &options.skip_token {
        Some(token) => Some(Cursor::from_token(token)?),
        None => None,
    };
    let (mut resources, mut looked_at, mut next) = (Vec::new(), 0, None);
    'pages: loop {
        let missing = u32::try_from(options.page_size - resources.len()).unwrap_or(BATCH);
        let limit = if is_narrowed(options) {
            missing.saturating_add(1).max(BATCH)
        } else {
            missing.saturating_add(1)
        };
        let rows = source.page(after.as_ref(), limit).await?;
        let is_last = rows.len() < limit as usize;
        for (place, resource) in rows {
            if wanted(options, &resource) {
                if resources.len() == options.page_size {
                    next = after;
                    break 'pages;
                }
                resources.push(resource);
            }
            after = Some(place);
            looked_at += 1;
        }
        if is_last {
            break;
        }
        if looked_at >= MAX_LOOKED_AT {
            next = after;
            break;
        }
    }
    let mut found = None;
    if options.count && first {
        let (number, more) = count(options, source).await?;
        looked_at += more;
        found = Some(number);
    }
    Ok(Page {
        resources,
        next,
        count: found,
        looked_at,
    })
}

/// How many resources meet the filter, and how many were looked at to know.
pub(crate) async fn count<S: Source>(options: &QueryOptions, source: &S) -> Result<(u64, usize), GraphError> {
    if !is_narrowed(options)
        && let Some(total) = source.total().await?
    {
        return Ok((total, 0));
    }
    let (mut after, mut found, mut looked_at) = (None, 0, 0);
    loop {
        let rows = source.page(after.as_ref(), BATCH).await?;
        let is_last = rows.len() < BATCH as usize;
        looked_at += rows.len();
        for (place, resource) in rows {
            found += u64::from(wanted(options, &resource));
            after = Some(place);
        }
        if is_last {
            return Ok((found, looked_at));
        }
        if looked_at >= MAX_COUNTED {
            return Err(QueryFault::Unsupported(
                "The request uses a filter property that is not indexed, over too many objects to count them.".to_owned(),
            )
            .into());
        }
    }
}

/// The answer to a list.
pub(crate) async fn answer<S: Source>(
    query: &Query,
    schema: &Schema,
    options: &QueryOptions,
    source: &S,
) -> Result<Response, GraphError> {
    let page = page(options, source).await?;
    Ok(answer_page(query, schema, options, page))
}

/// The answer to a list of resources that are all here.
pub(crate) async fn answer_all(
    query: &Query,
    schema: &Schema,
    resources: Vec<Value>,
) -> Result<Response, GraphError> {
    let options = query.of_list(schema)?;
    let sorted = InMemory::sorted(resources, &options);
    answer(query, schema, &options, &sorted).await
}

/// 200 with one resource.
pub(crate) fn ok(query: &Query, schema: &Schema, options: &QueryOptions, resource: Value) -> Response {
    answer_one(query, schema, options, StatusCode::OK, resource)
}

/// 201 with what was made.
pub(crate) fn created(query: &Query, schema: &Schema, resource: Value) -> Response {
    answer_one(
        query,
        schema,
        &QueryOptions::default(),
        StatusCode::CREATED,
        resource,
    )
}

/// 200 with one resource, in the properties that the query asks for.
pub(crate) fn found(query: &Query, schema: &Schema, resource: Value) -> Result<Response, GraphError> {
    let options = query.of_one(schema)?;
    Ok(ok(query, schema, &options, resource))
}

/// The answer with a page that is there already.
pub(crate) fn answer_page(query: &Query, schema: &Schema, options: &QueryOptions, page: Page) -> Response {
    query.charge(page.looked_at);
    let mut body = Map::new();
    body.insert(
        "@odata.context".to_owned(),
        json!(query.request.context(&context(query, schema, options, false))),
    );
    if let Some(count) = page.count {
        body.insert("@odata.count".to_owned(), json!(count));
    }
    if let Some(next) = page.next {
        body.insert(
            "@odata.nextLink".to_owned(),
            json!(query.next_link(&next.to_token())),
        );
    }
    let value: Vec<Value> = page
        .resources
        .into_iter()
        .map(|resource| project(resource, schema, options))
        .collect();
    body.insert("value".to_owned(), json!(value));
    answer::json(StatusCode::OK, &Value::Object(body))
}

/// The answer with one resource, in the properties that were asked for.
fn answer_one(
    query: &Query,
    schema: &Schema,
    options: &QueryOptions,
    status: StatusCode,
    resource: Value,
) -> Response {
    let mut body = Map::new();
    body.insert(
        "@odata.context".to_owned(),
        json!(query.request.context(&context(query, schema, options, true))),
    );
    if let Value::Object(members) = project(resource, schema, options) {
        body.extend(members);
    }
    // The members of directory objects are those Graph gives them.
    let tag = body.shift_remove(ETAG_NAME);
    let mut response = answer::json(status, &Value::Object(body));
    if let Some(Value::String(tag)) = tag
        && let Ok(value) = HeaderValue::try_from(tag)
    {
        response.headers_mut().insert(ETAG, value);
    }
    response
}

/// A resource with the ETag of the object it shows, which the answer then carries as a header.
///
/// Rule `GRAPH-ETAG`: a user (seen whole), group, application, service principal or device that is read by itself carries the ETag of
/// its version. Source: directory-policy-tokens §2.1.
pub(crate) fn tagged(mut resource: Value, object: &impl Serialize) -> Value {
    if let Some(members) = resource.as_object_mut() {
        let tag = format!("W/\"{}\"", version_of(object));
        members.insert(ETAG_NAME.to_owned(), json!(tag));
    }
    resource
}

/// `/$count`: a number as text.
pub(crate) async fn answer_count<S: Source>(
    query: &Query,
    schema: &Schema,
    source: &S,
) -> Result<Response, GraphError> {
    if schema.has_advanced_mode && !query.is_eventual() {
        return Err(GraphError::bad_request("$count is not currently supported."));
    }
    let mut options = query.of_list(schema)?;
    options.count = true;
    let (number, looked_at) = count(&options, source).await?;
    query.charge(looked_at);
    let mut response = Response::new(Body::from(number.to_string()));
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("text/plain;charset=utf-8"));
    Ok(response)
}

/// `users`, `users(id,displayName)`, `users/$entity`.
fn context(query: &Query, schema: &Schema, options: &QueryOptions, one: bool) -> String {
    let mut names = options.select.clone().unwrap_or_default();
    if let Some(expand) = &options.expand {
        names.push(format!("{}()", expand.relation));
    }
    let names = if names.is_empty() {
        String::new()
    } else {
        format!("({})", names.join(","))
    };
    let entity = if one { "/$entity" } else { "" };
    format!("{}{names}{entity}", query.set_name(schema))
}

/// The properties that were asked for, or those shown without being asked for; annotations and what was expanded always.
fn project(resource: Value, schema: &Schema, options: &QueryOptions) -> Value {
    let Value::Object(members) = resource else {
        return resource;
    };
    let expanded = options.expand.as_ref().map(|expand| expand.relation.as_str());
    let is_wanted = |name: &str| match &options.select {
        Some(names) => names.iter().any(|wanted| wanted == name),
        None => schema.default_names().any(|wanted| wanted == name),
    };
    let keep = |name: &str| name.starts_with('@') || Some(name) == expanded || is_wanted(name);
    Value::Object(members.into_iter().filter(|(name, _)| keep(name)).collect())
}

/// Resources that are all here, in the order that was asked for.
pub(crate) struct InMemory {
    rows: Vec<(Cursor, Value)>,
    descending: bool,
}

impl InMemory {
    /// Sorts by a property, or by id.
    pub(crate) fn sorted(resources: Vec<Value>, options: &QueryOptions) -> Self {
        let property = options.order.as_ref().map(|order| order.property.as_str());
        let descending = options.order.as_ref().is_some_and(|order| order.descending);
        let mut rows: Vec<(Cursor, Value)> = resources
            .into_iter()
            .map(|resource| {
                let key = property.map_or_else(String::new, |property| sort_key(&resource, property));
                let id = resource
                    .get("id")
                    .and_then(Value::as_str)
                    .and_then(|text| uuid::Uuid::try_parse(text).ok())
                    .unwrap_or_default();
                (Cursor { key, id }, resource)
            })
            .collect();
        rows.sort_by(|(left, _), (right, _)| {
            if descending {
                right.cmp(left)
            } else {
                left.cmp(right)
            }
        });
        Self { rows, descending }
    }

    /// Everything a source yields that meets the filter, sorted.
    ///
    /// Rule `GRAPH-SORTED-IN-MEMORY`: what no index sorts is sorted when at most 10,000 resources are to be looked at, and refused
    /// otherwise. Source: directory-policy-tokens §2.1.
    pub(crate) async fn gathered<S: Source>(options: &QueryOptions, source: &S) -> Result<Self, GraphError> {
        let (mut resources, mut after, mut looked_at) = (Vec::new(), None, 0);
        loop {
            let rows = source.page(after.as_ref(), BATCH).await?;
            let is_last = rows.len() < BATCH as usize;
            looked_at += rows.len();
            for (place, resource) in rows {
                if wanted(options, &resource) {
                    resources.push(resource);
                }
                after = Some(place);
            }
            if is_last {
                return Ok(Self::sorted(resources, options));
            }
            if looked_at >= MAX_SORTED {
                return Err(QueryFault::Unsupported(
                    "Sorting is not supported for this property over so many objects. Narrow the filter or sort by displayName or userPrincipalName.".to_owned(),
                )
                .into());
            }
        }
    }
}

fn sort_key(resource: &Value, property: &str) -> String {
    let found = property
        .split('/')
        .try_fold(resource, |value, name| value.get(name));
    match found {
        Some(Value::String(text)) => text.to_lowercase(),
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    }
}

impl Source for InMemory {
    async fn page(&self, after: Option<&Cursor>, limit: u32) -> Result<Vec<(Cursor, Value)>, GraphError> {
        let is_behind = |place: &Cursor| {
            after.is_none_or(|after| {
                if self.descending {
                    place < after
                } else {
                    place > after
                }
            })
        };
        let rows = self.rows.iter().filter(|(place, _)| is_behind(place));
        Ok(rows.take(limit as usize).cloned().collect())
    }

    async fn total(&self) -> Result<Option<u64>, GraphError> {
        Ok(Some(self.rows.len() as u64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::odata::{Filter, Order};

    fn number(resource: &Value) -> u64 {
        resource["number"].as_u64().unwrap()
    }

    fn resources(count: u64) -> Vec<Value> {
        (0..count)
            .map(|number| json!({ "id": uuid::Uuid::from_u128(u128::from(number) + 1).to_string(), "number": number, "name": format!("N{}", number % 7) }))
            .collect()
    }

    async fn all_pages<S: Source>(mut options: QueryOptions, source: &S) -> (Vec<u64>, usize) {
        let (mut found, mut pages) = (Vec::new(), 0);
        loop {
            let page = page(&options, source).await.unwrap();
            pages += 1;
            assert!(page.resources.len() <= options.page_size);
            found.extend(page.resources.iter().map(number));
            match page.next {
                Some(next) => options.skip_token = Some(next.to_token()),
                None => return (found, pages),
            }
        }
    }

    /// GRAPH-PAGING, GRAPH-BOUNDED-SCAN
    #[tokio::test]
    async fn pages_hold_everything_once() {
        let source = InMemory::sorted(resources(12_345), &QueryOptions::default());
        let options = QueryOptions {
            page_size: 999,
            ..QueryOptions::default()
        };
        let (found, pages) = all_pages(options.clone(), &source).await;
        assert_eq!((found, pages), ((0..12_345).collect(), 13));
        let rare = QueryOptions {
            filter: Some(Filter::parse("number eq 12000 or number eq 3").unwrap()),
            ..options.clone()
        };
        assert_eq!(count(&rare, &source).await.unwrap(), (2, 12_345));
        let (found, pages) = all_pages(rare, &source).await;
        assert_eq!(found, [3, 12_000]);
        assert!(pages > 1, "no page looks at everything");
        let exact = QueryOptions {
            page_size: 12_345,
            ..options
        };
        assert_eq!(all_pages(exact, &source).await.1, 1, "no link to an empty page");
    }

    /// GRAPH-SORTED-IN-MEMORY
    #[tokio::test]
    async fn sorted_pages_stay_where_they_are() {
        for descending in [false, true] {
            let options = QueryOptions {
                page_size: 10,
                order: Some(Order {
                    property: "name".to_owned(),
                    descending,
                }),
                ..QueryOptions::default()
            };
            let source = InMemory::sorted(resources(100), &options);
            let first = page(&options, &source).await.unwrap();
            let later = QueryOptions {
                skip_token: first.next.map(|next| next.to_token()),
                ..options.clone()
            };
            // What the first page showed is removed meanwhile: the second page begins where it would have.
            let shown: Vec<u64> = first.resources.iter().map(number).collect();
            let rest: Vec<Value> = resources(100)
                .into_iter()
                .filter(|resource| !shown.contains(&number(resource)))
                .collect();
            let (found, _) = all_pages(later, &InMemory::sorted(rest, &options)).await;
            assert_eq!(found.len(), 90);
        }
        let many = InMemory::sorted(resources(10_001), &QueryOptions::default());
        assert!(InMemory::gathered(&QueryOptions::default(), &many).await.is_err());
    }
}
