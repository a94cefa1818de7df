<?php
/**
 * Readers of each post in its list: of the last 24 hours, as the server counts them.
 *
 * @package Recirc
 */

defined( 'ABSPATH' ) || exit;

/** How many of the most read posts are asked for; those beyond have few readers, and a dash. */
const RECIRC_COUNTED = 50;

/** Readers of posts in the last 24 hours, by id; kept for five minutes. */
function recirc_readers( $ids ) {
	if ( ! recirc_option( 'server' ) ) {
		return array();
	}
	$by_id = get_transient( 'recirc_readers' );
	if ( ! is_array( $by_id ) ) {
		$by_id  = array();
		$asked  = array(
			'window' => 'day',
			'slots'  => RECIRC_COUNTED,
		);
		if ( recirc_option( 'key' ) ) {
			$asked['key'] = rawurlencode( recirc_option( 'key' ) );
		}
		$answer = wp_remote_get(
			add_query_arg( $asked, recirc_address( 'v1/rankings' ) ),
			array(
				'timeout' => 3,
				'headers' => array( 'Origin' => recirc_origin() ),
			)
		);
		$told   = is_wp_error( $answer ) ? null : json_decode( wp_remote_retrieve_body( $answer ), true );
		foreach ( isset( $told['items'] ) ? $told['items'] : array() as $item ) {
			$by_id[ $item['article'] ] = isset( $item['counts']['window_readers'] ) ? $item['counts']['window_readers'] : $item['counts']['readers'];
		}
		set_transient( 'recirc_readers', $by_id, 5 * MINUTE_IN_SECONDS );
	}
	$found = array();
	foreach ( $ids as $id ) {
		$article = recirc_article_of( get_permalink( $id ) );
		if ( isset( $by_id[ $article ] ) ) {
			$found[ $id ] = (int) $by_id[ $article ];
		}
	}
	return $found;
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
			echo isset( $readers[ $id ] ) ? esc_html( number_format_i18n( $readers[ $id ] ) ) : '–';
		}
	},
	10,
	2
);
