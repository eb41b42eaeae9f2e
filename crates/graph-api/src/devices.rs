//! `/devices`.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use lanyard_engine::administer::DeviceChange;
use lanyard_engine::{Device, DeviceScan, KeyPlace, KeyRange, User};
use serde_json::{Value, json};

use crate::access::{ids, name_range};
use crate::answer;
use crate::body::JsonBody;
use crate::error::GraphError;
use crate::key::Key;
use crate::listing::{self, InMemory, Source};
use crate::odata::{Cursor, Kind, Operators, Order, Property, QueryOptions, Schema};
use crate::properties::Fields;
use crate::query::Query;
use crate::request::GraphRequest;
use crate::routes::Api;

/// What a device has. Source: directory-policy-tokens §2.1 (matrix), §2.4.
pub(crate) static SCHEMA: Schema = Schema {
    type_name: "device",
    set_name: "devices",
    properties: &[
        Property::shown("id", Kind::Text, Operators::ID),
        Property::shown("deviceId", Kind::Text, Operators::ID),
        Property::shown("accountEnabled", Kind::Boolean, Operators::SWITCH),
        Property::shown("displayName", Kind::Text, Operators::NAME),
        Property::shown("operatingSystem", Kind::Text, Operators::WORDS),
        Property::shown("operatingSystemVersion", Kind::Text, Operators::WORDS),
        Property::shown("isCompliant", Kind::Boolean, Operators::SWITCH),
        Property::shown("isManaged", Kind::Boolean, Operators::SWITCH),
        Property::shown("trustType", Kind::Text, Operators::NONE),
        Property::shown("profileType", Kind::Text, Operators::NONE),
        Property::shown("alternativeSecurityIds", Kind::Objects, Operators::NONE),
        Property::shown("physicalIds", Kind::Texts, Operators::LIST),
        Property::shown("createdDateTime", Kind::Moment, Operators::MOMENT),
        Property::shown("registrationDateTime", Kind::Moment, Operators::NONE),
        Property::shown("approximateLastSignInDateTime", Kind::Moment, Operators::MOMENT),
        Property::shown("deletedDateTime", Kind::Moment, Operators::NONE),
    ],
    has_advanced_mode: true,
    max_page: 999,
    default_page: 100,
    searchable: &["displayName"],
    expandable: &[],
};

pub(crate) fn routes() -> Router<Api> {
    Router::new()
        .route("/devices", get(list).post(create))
        .route("/devices/$count", get(count))
        .route("/devices/{device}", get(one).patch(change).delete(remove))
}

/// A device with all its properties.
pub(crate) fn to_json(device: &Device) -> Value {
    json!({
        "id": device.id,
        "deviceId": device.device_id,
        "accountEnabled": device.account_enabled,
        "displayName": device.display_name,
        "operatingSystem": device.operating_system,
        "operatingSystemVersion": device.operating_system_version,
        "isCompliant": device.is_compliant,
        "isManaged": device.is_managed,
        "trustType": "Workplace",
        "profileType": "RegisteredDevice",
        "alternativeSecurityIds": device.alternative_security_ids,
        "physicalIds": [],
        "createdDateTime": device.created,
        "registrationDateTime": device.created,
        "approximateLastSignInDateTime": null,
        "deletedDateTime": null,
    })
}

struct Devices<'a> {
    api: &'a Api,
    query: &'a Query,
    scan: DeviceScan,
}

/// Rule `GRAPH-DEVICE-INDEX`: devices are found by id, deviceId or an index on displayName (eq, startsWith), and sorted by the name;
/// anything else is looked for among all. Source: directory-policy-tokens §2.1.
fn plan(options: &QueryOptions) -> DeviceScan {
    let one = |property: &str| {
        let ids = ids(options.filter.as_ref()?, property)?;
        match ids.as_slice() {
            [id] => Some(DeviceScan::One {
                id: *id,
                by_device_id: property == "deviceId",
            }),
            _ => None,
        }
    };
    let is_by_name = |order: &Order| order.property == "displayName";
    if let Some(scan) = one("id").or_else(|| one("deviceId")) {
        return scan;
    }
    let filter = options.filter.as_ref();
    let range = filter.and_then(|filter| name_range(filter, "displayName"));
    match (range, options.order.as_ref()) {
        (Some(range), Some(order)) if is_by_name(order) => DeviceScan::ByName(KeyRange {
            descending: order.descending,
            ..range
        }),
        (Some(range), _) => DeviceScan::ByName(range),
        (None, Some(order)) if is_by_name(order) => DeviceScan::ByName(KeyRange {
            descending: order.descending,
            ..KeyRange::all()
        }),
        (None, _) => DeviceScan::All,
    }
}

impl Source for Devices<'_> {
    async fn page(&self, after: Option<&Cursor>, limit: u32) -> Result<Vec<(Cursor, Value)>, GraphError> {
        let after = after.map(|cursor| KeyPlace {
            key: cursor.key.clone(),
            id: cursor.id,
        });
        let engine = &self.api.engine;
        let caller = &self.query.request.caller;
        let devices = engine.device_page(caller, &self.scan, after.as_ref(), limit);
        let place = |device: &Device| match self.scan {
            DeviceScan::ByName(_) => Cursor {
                key: User::name_key(&device.display_name),
                id: device.id,
            },
            DeviceScan::All | DeviceScan::One { .. } => Cursor {
                key: String::new(),
                id: device.device_id,
            },
        };
        Ok(devices
            .await?
            .iter()
            .map(|device| (place(device), to_json(device)))
            .collect())
    }
}

/// `GET /devices`
async fn list(State(api): State<Api>, query: Query) -> Result<Response, GraphError> {
    let options = query.of_list(&SCHEMA)?;
    let devices = Devices {
        api: &api,
        query: &query,
        scan: plan(&options),
    };
    let is_sorted = options.order.as_ref().is_some_and(|order| {
        order.property == "displayName" && matches!(devices.scan, DeviceScan::ByName(_))
    });
    if options.order.is_some() && !is_sorted {
        let sorted = InMemory::gathered(&options, &devices).await?;
        return listing::answer(&query, &SCHEMA, &options, &sorted).await;
    }
    listing::answer(&query, &SCHEMA, &options, &devices).await
}

/// `GET /devices/$count`
async fn count(State(api): State<Api>, query: Query) -> Result<Response, GraphError> {
    let devices = Devices {
        api: &api,
        query: &query,
        scan: DeviceScan::All,
    };
    listing::answer_count(&query, &SCHEMA, &devices).await
}

/// `GET /devices/{id}`, `GET /devices(deviceId='…')`
async fn one(State(api): State<Api>, Path(key): Path<String>, query: Query) -> Result<Response, GraphError> {
    let options = query.of_one(&SCHEMA)?;
    let key = Key::of(&key);
    let device = api
        .engine
        .read_device(&query.request.caller, &key.text, key.is_alternate)
        .await?;
    let resource = listing::tagged(to_json(&device), &device);
    Ok(listing::ok(&query, &SCHEMA, &options, resource))
}

/// Rule `GRAPH-NEW-DEVICE`: a new device needs accountEnabled, alternativeSecurityIds, deviceId, displayName, operatingSystem and
/// operatingSystemVersion. Source: directory-policy-tokens §2.4.
fn read_new(body: Value) -> Result<DeviceChange, GraphError> {
    for name in [
        "accountEnabled",
        "alternativeSecurityIds",
        "deviceId",
        "displayName",
        "operatingSystem",
        "operatingSystemVersion",
    ] {
        if body.get(name).is_none_or(Value::is_null) {
            return Err(Fields::of(body)?.missing(name));
        }
    }
    read(body)
}

fn read(body: Value) -> Result<DeviceChange, GraphError> {
    let mut fields = Fields::of(body)?;
    let mut change = DeviceChange {
        device_id: fields.guid("deviceId")?,
        display_name: fields.text("displayName")?,
        account_enabled: fields.switch("accountEnabled")?,
        operating_system: fields.text("operatingSystem")?,
        operating_system_version: fields.text("operatingSystemVersion")?,
        is_compliant: fields.switch("isCompliant")?,
        is_managed: fields.switch("isManaged")?,
        alternative_security_ids: None,
    };
    if let Some(ids) = fields.take("alternativeSecurityIds") {
        let ids = serde_json::from_value(ids)
            .map_err(|error| GraphError::at_property("alternativeSecurityIds", format!("{error}.")))?;
        change.alternative_security_ids = Some(ids);
    }
    fields.end()?;
    Ok(change)
}

/// `POST /devices`
async fn create(
    State(api): State<Api>,
    query: Query,
    JsonBody(body): JsonBody,
) -> Result<Response, GraphError> {
    let new = read_new(body)?;
    let device = api.engine.add_device(&query.request.caller, &new).await?;
    Ok(listing::created(&query, &SCHEMA, to_json(&device)))
}

/// `PATCH /devices/{id}`
async fn change(
    State(api): State<Api>,
    Path(key): Path<String>,
    request: GraphRequest,
    JsonBody(body): JsonBody,
) -> Result<Response, GraphError> {
    let changes = read(body)?;
    let key = Key::of(&key);
    api.engine
        .change_device(&request.caller, &key.text, key.is_alternate, &changes)
        .await?;
    Ok(answer::no_content())
}

/// `DELETE /devices/{id}`
async fn remove(
    State(api): State<Api>,
    Path(key): Path<String>,
    request: GraphRequest,
) -> Result<Response, GraphError> {
    let key = Key::of(&key);
    api.engine
        .remove_device(&request.caller, &key.text, key.is_alternate)
        .await?;
    Ok(answer::no_content())
}
