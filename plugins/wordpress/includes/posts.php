<?php
/**
 * Readers of each post in its list: of the last 24 hours, as the server counts them.
 *
 * @package Recirc
 */

defined( 'ABSPATH' ) || exit;

/** How many of the most read posts are asked for; those beyond have few readers, and a dash. */
const RECIRC_COUNTED = 50;

/**
 * The most read articles of the last 24 hours, the most read first: each with article (its id on the server), headline, readers.
 *
 * Kept for five minutes; an error for one, so that no page of the dashboard waits for a server that is away again and again.
 *
 * @return array|WP_Error
 */
function recirc_most_read() {
	if ( ! recirc_option( 'server' ) ) {
		return array();
	}
	$place = recirc_most_read_place();
	$kept  = get_transient( $place );
	if ( is_string( $kept ) ) {
		return new WP_Error( 'recirc', $kept );
	}
	if ( is_array( $kept ) ) {
		return $kept;
	}
	$wanted = array(
		'window' => 'day',
		'slots'  => RECIRC_COUNTED,
	);
	if ( recirc_option( 'key' ) ) {
		$wanted['key'] = rawurlencode( recirc_option( 'key' ) );
	}
	$told = recirc_read( 'v1/rankings', $wanted );
	if ( is_wp_error( $told ) ) {
		set_transient( $place, $told->get_error_message(), MINUTE_IN_SECONDS );
		return $told;
	}
	$rows = array();
	foreach ( isset( $told['items'] ) ? $told['items'] : array() as $item ) {
		$counts = $item['counts'];
		$rows[] = array(
			'article'  => $item['article'],
			'headline' => $item['headline'],
			'readers'  => (int) ( isset( $counts['window_readers'] ) ? $counts['window_readers'] : $counts['readers'] ),
		);
	}
	set_transient( $place, $rows, 5 * MINUTE_IN_SECONDS );
	return $rows;
}

/** The name under which the most read are kept: another server or key is asked at once. */
function recirc_most_read_place() {
	return 'recirc_most_read_' . substr( md5( recirc_option( 'server' ) . ' ' . recirc_option( 'key' ) ), 0, 12 );
}

/** Readers of posts in the last 24 hours, by id. */
function recirc_readers( $ids ) {
	$rows = recirc_most_read();
	if ( is_wp_error( $rows ) || ! $rows ) {
		return array();
	}
	$by_article = wp_list_pluck( $rows, 'readers', 'article' );
	$found      = array();
	foreach ( $ids as $id ) {
		$article = recirc_article_of( get_permalink( $id ) );
		if ( isset( $by_article[ $article ] ) ) {
			$found[ $id ] = $by_article[ $article ];
		}
	}
	return $found;
}

/**
 * What the server counted of a post.
 *
 * @return array|WP_Error readers in 24 hours (null: it is not among the most read), readers and views so far.
 */
function recirc_figures( $id ) {
	// A post keeps its id on the server when its address changes, so the server is asked which it is.
	$known = recirc_ask(
		array(
			'url'   => get_permalink( $id ),
			'shelf' => array( 'ranking' ),
			'slots' => 1,
		)
	);
	if ( is_wp_error( $known ) ) {
		return $known;
	}
	if ( empty( $known['article'] ) ) {
		return new WP_Error( 'recirc_unknown', __( 'The server does not know this post yet.', 'recirc' ), array( 'status' => 404 ) );
	}
	$told = recirc_read( 'v1/articles', array( 'id' => rawurlencode( $known['article'] ) ) );
	if ( is_wp_error( $told ) ) {
		return $told;
	}
	$rows = recirc_most_read();
	$day  = is_wp_error( $rows ) ? array() : wp_list_pluck( $rows, 'readers', 'article' );
	return array(
		'day'     => isset( $day[ $known['article'] ] ) ? $day[ $known['article'] ] : null,
		'readers' => (int) $told['counts']['readers'],
		'views'   => (int) $told['counts']['views'],
	);
}

/** The id that an address has on the server: https, the host in lower case, no slash at the end. */
function recirc_article_of( $url ) {
	$parts = wp_parse_url( $url );
	$place = strtolower( $parts['host'] ) . ( isset( $parts['port'] ) ? ':' . $parts['port'] : '' );
	$query = isset( $parts['query'] ) ? '?' . $parts['query'] : '';
	return 'https://' . $place . ( $query ? $parts['path'] : untrailingslashit( isset( $parts['path'] ) ? $parts['path'] : '' ) ) . $query;
}

add_filter(
	'manage_posts_columns',
	function ( $columns ) {
		$columns['recirc'] = __( 'Readers, 24 h', 'recirc' );
		return $columns;
	}
);

add_action(
	'manage_posts_custom_column',
	function ( $column, $id ) {
		if ( 'recirc' === $column ) {
			$readers = recirc_readers( array( $id ) );
			echo esc_html( isset( $readers[ $id ] ) ? number_format_i18n( $readers[ $id ] ) : '–' );
		}
	},
	10,
	2
);
