<?php
/**
 * From another plugin for related or popular posts: what it was set to, as far as there is the same here.
 *
 * @package Recirc
 */

defined( 'ABSPATH' ) || exit;

/** What a list of posts with pictures was set to: the settings here, posts without shelves, and what to do by hand. */
function recirc_switch_found( $settings, $off = array(), $notes = array() ) {
	return array(
		'settings' => $settings,
		'off'      => array_map( 'intval', $off ),
		'notes'    => $notes,
	);
}

/** YARPP: number, pictures, types of posts, posts and terms that it left out. Null: it was never set up. */
function recirc_switch_yarpp() {
	$set = get_option( 'yarpp' );
	if ( ! is_array( $set ) ) {
		return null;
	}
	$settings = array(
		'kinds'      => array( 'related' ),
		'slots'      => isset( $set['limit'] ) ? max( 1, min( 20, (int) $set['limit'] ) ) : 4,
		'thumbnails' => isset( $set['template'] ) && 'thumbnails' === $set['template'],
		'layout'     => isset( $set['template'] ) && 'thumbnails' === $set['template'] ? 'cards' : 'list',
	);
	if ( ! empty( $set['auto_display_post_types'] ) ) {
		$settings['types'] = array_values( (array) $set['auto_display_post_types'] );
	}
	$off = array();
	$all = get_posts(
		array(
			'post_type'   => 'any',
			'numberposts' => -1,
			'fields'      => 'ids',
			'meta_key'    => 'yarpp_meta', // phpcs:ignore WordPress.DB.SlowDBQuery -- once.
		)
	);
	foreach ( $all as $id ) {
		$meta = get_post_meta( $id, 'yarpp_meta', true );
		if ( is_array( $meta ) && isset( $meta['yarpp_display_for_this_post'] ) && ! $meta['yarpp_display_for_this_post'] ) {
			$off[] = $id;
		}
	}
	$notes = array();
	foreach ( array_filter( array_map( 'absint', explode( ',', isset( $set['exclude'] ) ? (string) $set['exclude'] : '' ) ) ) as $number ) {
		$term = get_term_by( 'term_taxonomy_id', $number );
		if ( $term ) {
			$what    = 'category' === $term->taxonomy ? 'section' : 'topic';
			$notes[] = 'Never shown by YARPP. On the server: recirc rule add ban ' . escapeshellarg( $what . '=' . $term->name ) . ' --reason "as in YARPP"';
		}
	}
	return recirc_switch_found( $settings, $off, $notes );
}

/** Jetpack's related posts: three of them, pictures, layout, heading, whether they were on. Null: never set up. */
function recirc_switch_jetpack() {
	$set = get_option( 'jetpack_relatedposts' );
	if ( ! is_array( $set ) ) {
		return null;
	}
	$settings = array(
		'kinds'      => ! isset( $set['enabled'] ) || $set['enabled'] ? array( 'related' ) : array(),
		'slots'      => 3,
		'thumbnails' => ! empty( $set['show_thumbnails'] ),
		'layout'     => isset( $set['layout'] ) && 'list' === $set['layout'] ? 'list' : 'cards',
	);
	return recirc_switch_found( $settings, array(), array( 'Blocks "jetpack/related-posts" in posts stay; put "recirc/shelf" in their place.' ) );
}

/** WordPress Popular Posts: its counts as files for "recirc import wpp". Null: it has no tables. */
function recirc_switch_wpp( $folder ) {
	global $wpdb;
	$notes  = array();
	$tables = array(
		'popularpostsdata'    => array( 'postid', 'day', 'last_viewed', 'pageviews' ),
		'popularpostssummary' => array( 'postid', 'pageviews', 'view_date', 'view_datetime' ),
	);
	foreach ( $tables as $table => $columns ) {
		$name = $wpdb->prefix . $table;
		if ( $name !== $wpdb->get_var( $wpdb->prepare( 'SHOW TABLES LIKE %s', $name ) ) ) { // phpcs:ignore WordPress.DB.DirectDatabaseQuery -- another plugin's table.
			continue;
		}
		$file = fopen( trailingslashit( $folder ) . $table . '.csv', 'w' ); // phpcs:ignore WordPress.WP.AlternativeFunctions -- a command's own file.
		if ( ! $file ) {
			return new WP_Error( 'recirc', $folder . ' cannot be written to.' );
		}
		fputcsv( $file, array_merge( $columns, array( 'article' ) ), ',', '"', '' );
		$rows = $wpdb->get_results( 'SELECT ' . implode( ', ', $columns ) . ' FROM ' . $name . ' ORDER BY postid', ARRAY_N ); // phpcs:ignore WordPress.DB, WordPress.WP.PreparedSQL -- names from here.
		foreach ( $rows as $row ) {
			$post = (int) $row[0];
			fputcsv( $file, array_merge( $row, array( 'publish' === get_post_status( $post ) ? recirc_article_of( get_permalink( $post ) ) : '' ) ), ',', '"', '' );
		}
		fclose( $file ); // phpcs:ignore WordPress.WP.AlternativeFunctions -- as above.
		$notes[] = count( $rows ) . ' rows of ' . $name;
	}
	if ( ! $notes ) {
		return null;
	}
	$zone    = wp_timezone_string();
	$notes[] = 'On the server: recirc import wpp ' . escapeshellarg( untrailingslashit( $folder ) ) . ' --zone ' . ( strpos( $zone, '/' ) ? $zone : 'UTC' );
	return recirc_switch_found( array( 'kinds' => array( 'ranking' ) ), array(), $notes );
}

/** Take over what was found: settings that name nothing else stay as they are. */
function recirc_switch_take( $found ) {
	$set          = array_merge( recirc_defaults(), (array) get_option( 'recirc', array() ) );
	$kinds        = array_values( array_unique( array_merge( get_option( 'recirc' ) ? (array) $set['kinds'] : array(), $found['settings']['kinds'] ) ) );
	$set          = array_merge( $set, $found['settings'] );
	$set['kinds'] = $kinds;
	update_option( 'recirc', $set );
	foreach ( $found['off'] as $id ) {
		update_post_meta( $id, '_recirc_off', '1' );
	}
}

if ( defined( 'WP_CLI' ) && WP_CLI ) {
	WP_CLI::add_command(
		'recirc switch',
		function ( $args, $options ) {
			$from  = $args[0];
			$found = 'yarpp' === $from ? recirc_switch_yarpp() : ( 'jetpack' === $from ? recirc_switch_jetpack() : recirc_switch_wpp( isset( $args[1] ) ? $args[1] : getcwd() ) );
			if ( is_wp_error( $found ) ) {
				WP_CLI::error( $found->get_error_message() );
			}
			if ( null === $found ) {
				WP_CLI::error( $from . ' has left nothing here.' );
			}
			WP_CLI::log( wp_json_encode( $found['settings'] ) );
			WP_CLI::log( count( $found['off'] ) . ' posts without shelves' );
			array_map( array( 'WP_CLI', 'log' ), $found['notes'] );
			if ( empty( $options['dry-run'] ) ) {
				recirc_switch_take( $found );
				WP_CLI::success( 'Taken over.' );
			}
		},
		array(
			'shortdesc' => 'Take over what YARPP, Jetpack or WordPress Popular Posts were set to and counted.',
			'synopsis'  => array(
				array(
					'type'    => 'positional',
					'name'    => 'from',
					'options' => array( 'yarpp', 'jetpack', 'wpp' ),
				),
				array(
					'type'        => 'positional',
					'name'        => 'folder',
					'optional'    => true,
					'description' => 'Of wpp: where its counts are written to.',
				),
				array(
					'type'     => 'flag',
					'name'     => 'dry-run',
					'optional' => true,
				),
			),
		)
	);
}
