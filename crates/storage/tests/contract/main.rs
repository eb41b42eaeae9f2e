//! The contract of the store: the same tests on SQLite and on a throw-away PostgreSQL.

#![allow(
    clippy::unwrap_used,
    clippy::cloned_ref_to_slice_refs,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    reason = "tests"
)]

#[path = "../throwaway_postgres/mod.rs"]
mod throwaway_postgres;

mod applications;
mod changes;
mod configurations;
mod crls;
mod device_codes;
mod directory_pages;
mod download_lock;
mod groups;
mod housekeeping;
mod kept_policies;
mod logs;
mod owners;
mod roles_and_keys;
mod samples;
mod sessions_and_grants;
mod sqlite_file;
mod units;
mod users;

use lanyard_storage::{DatabaseUrl, Store};

macro_rules! contract {
    ($($module:ident :: $test:ident,)*) => {
        mod sqlite {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $test() {
                    let store = super::Store::open(&super::DatabaseUrl::Temporary).await.unwrap();
                    super::$module::$test(store.clone()).await;
                    store.close().await;
                }
            )*
        }

        mod postgres {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $test() {
                    let Some(url) = super::throwaway_postgres::database().await else { return };
                    let store = super::Store::open(&super::DatabaseUrl::parse(&url).unwrap()).await.unwrap();
                    super::$module::$test(store.clone()).await;
                    store.close().await;
                }
            )*
        }
    };
}

contract! {
    users::a_user_is_found_by_id_and_by_name_in_any_case,
    users::a_name_is_unique_in_its_tenant_only,
    users::certificate_user_ids_are_unique_in_the_tenant,
    users::users_come_in_pages_in_the_order_of_their_names,
    users::many_users_are_added_at_once_or_not_at_all,
    users::a_deleted_user_leaves_nothing_but_the_log,
    directory_pages::users_come_by_id_and_by_every_name,
    directory_pages::members_come_with_what_they_are,
    directory_pages::what_was_deleted_is_kept_and_forgotten,
    directory_pages::a_user_is_changed_only_from_what_it_was,
    directory_pages::devices_are_found_by_both_ids,
    owners::owners_go_with_what_they_own_and_with_themselves,
    owners::objects_are_changed_only_from_what_they_were,
    groups::membership_is_transitive_and_circles_end,
    groups::groups_are_found_by_name_and_come_in_pages,
    groups::members_are_added_once_and_removed,
    applications::an_application_is_found_by_client_id_and_uri,
    applications::deleting_an_application_takes_its_presence_and_consent_along,
    applications::consent_is_one_grant_for_each_client_resource_and_user,
    roles_and_keys::roles_are_held_once,
    roles_and_keys::application_roles_are_assigned_once,
    roles_and_keys::keys_come_back_sealed_as_they_were,
    configurations::two_savers_of_one_version_do_not_both_win,
    configurations::a_configuration_and_its_audit_rows_are_one_unit,
    kept_policies::a_kept_policy_comes_back_as_it_came,
    logs::sign_ins_are_filtered_and_paged_newest_first,
    logs::a_sign_in_is_found_by_the_beginning_of_its_id,
    logs::the_log_is_followed_oldest_first,
    logs::audit_rows_come_newest_first,
    sessions_and_grants::an_ended_session_never_comes_back,
    sessions_and_grants::sessions_end_by_user_and_by_certificate,
    sessions_and_grants::a_revoked_grant_is_not_used_again,
    sessions_and_grants::grants_are_revoked_by_user_session_and_certificate,
    sessions_and_grants::sessions_and_grants_end_by_thumbprint_in_their_tenant,
    sessions_and_grants::a_certificate_is_denied_once_until_it_is_allowed,
    device_codes::a_device_code_goes_its_way_and_is_taken_once,
    crls::a_large_crl_comes_back_byte_by_byte,
    crls::the_highest_number_is_kept_for_ever,
    crls::history_tells_what_was_known_when,
    crls::a_reader_sees_the_old_list_or_the_new_one,
    units::a_unit_happens_whole_or_not_at_all,
    units::a_failing_unit_does_not_spoil_the_others,
    units::of_many_users_of_a_single_use_value_one_wins,
    units::a_closed_store_says_so,
    changes::every_change_of_the_directory_is_announced_in_order,
    changes::another_store_on_the_same_database_follows,
    changes::concurrent_writers_leave_no_gap_for_a_follower,
    housekeeping::what_expired_goes_and_the_rest_stays,
}
