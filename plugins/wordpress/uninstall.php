<?php
/**
 * Removes all that the plugin stored.
 *
 * @package Recirc
 */

defined( 'WP_UNINSTALL_PLUGIN' ) || exit;

/** What one site has. */
function recirc_uninstall() {
	global $wpdb;
	delete_option( 'recirc' );
	delete_option( 'widget_recirc' );
	delete_post_meta_by_key( '_recirc_off' );
	delete_post_meta_by_key( '_recirc_picks' );
	$names = $wpdb->get_col( 'SELECT option_name FROM ' . $wpdb->options . " WHERE option_name LIKE '%transient%recirc%'" ); // phpcs:ignore WordPress.DB.DirectDatabaseQuery -- transients have no list.
	foreach ( $names as $name ) {
		delete_option( $name );
	}
}

if ( is_multisite() ) {
	foreach ( get_sites(
		array(
			'fields' => 'ids',
			'number' => 0,
		)
	) as $recirc_site ) {
		switch_to_blog( $recirc_site );
		recirc_uninstall();
		restore_current_blog();
	}
} else {
	recirc_uninstall();
}
