<?php
/**
 * What is set, and how the server is asked.
 *
 * @package Recirc
 */

defined( 'ABSPATH' ) || exit;

/** How the path of each webhook begins. */
const RECIRC_HOOKS = '/v1/hooks/';

/** Everything that can be set, with its default. */
function recirc_defaults() {
	return array(
		'server'     => '',
		'key'        => '',
		'hook'       => '',
		'secret'     => '',
		'types'      => array( 'post' ),
		'kinds'      => array( 'related' ),
		'slots'      => 4,
		'layout'     => 'list',
		'thumbnails' => false,
		'render'     => 'browser',
		'no_posts'   => '',
		'no_cats'    => '',
		'no_tags'    => '',
		'no_roles'   => array( 'administrator', 'editor', 'author', 'contributor' ),
	);
}

/** One setting. Constants in wp-config.php (RECIRC_SERVER, RECIRC_KEY, RECIRC_HOOK, RECIRC_SECRET) come first. */
function recirc_option( $name ) {
	$constant = 'RECIRC_' . strtoupper( $name );
	if ( in_array( $name, array( 'server', 'key', 'hook', 'secret' ), true ) && defined( $constant ) ) {
		return constant( $constant );
	}
	$all = array_merge( recirc_defaults(), (array) get_option( 'recirc', array() ) );
	return $all[ $name ];
}

/** The kinds of shelves and their names. */
function recirc_kinds() {
	return array(
		'related'        => __( 'Related', 'recirc' ),
		'ranking'        => __( 'Most read', 'recirc' ),
		'recommendation' => __( 'Read next', 'recirc' ),
	);
}

/** An address on the server. */
function recirc_address( $path ) {
	return untrailingslashit( recirc_option( 'server' ) ) . '/' . $path;
}

/** Where messages about posts are sent: the webhook, which is set as an address, or as its path on the server; empty: nowhere. */
function recirc_hook() {
	$hook = recirc_option( 'hook' );
	if ( 0 === strpos( $hook, RECIRC_HOOKS ) ) {
		return recirc_option( 'server' ) ? recirc_address( substr( $hook, 1 ) ) : '';
	}
	return preg_match( '#^https?://#i', $hook ) ? $hook : '';
}

/** The site as browsers name it: scheme, host and port. */
function recirc_origin() {
	$parts = wp_parse_url( home_url() );
	return $parts['scheme'] . '://' . $parts['host'] . ( isset( $parts['port'] ) ? ':' . $parts['port'] : '' );
}

/** The shelves of a page, as the server answers them; WP_Error: why not. */
function recirc_ask( $request ) {
	$answer = wp_remote_post(
		add_query_arg( 'key', rawurlencode( recirc_option( 'key' ) ), recirc_address( 'v1/embed' ) ),
		array(
			'timeout' => 3,
			'headers' => array(
				'Content-Type' => 'application/json',
				'Origin'       => recirc_origin(),
			),
			'body'    => wp_json_encode( $request ),
		)
	);
	return recirc_told( $answer );
}

/** What the server answers at an address that is read, with parameters that are ready for an address; WP_Error: why not. */
function recirc_read( $path, $parameters ) {
	return recirc_told(
		wp_remote_get(
			add_query_arg( $parameters, recirc_address( $path ) ),
			array(
				'timeout' => 3,
				'headers' => array( 'Origin' => recirc_origin() ),
			)
		)
	);
}

/** What an answer says; WP_Error: why it is none. */
function recirc_told( $answer ) {
	// The status is that of this site's own REST API, which asks on behalf of an editor.
	$status = array( 'status' => 502 );
	if ( is_wp_error( $answer ) ) {
		return new WP_Error( $answer->get_error_code(), $answer->get_error_message(), $status );
	}
	$told = json_decode( wp_remote_retrieve_body( $answer ), true );
	$code = wp_remote_retrieve_response_code( $answer );
	if ( 200 !== $code || ! is_array( $told ) ) {
		return new WP_Error( 'recirc_' . $code, isset( $told['detail'] ) ? $told['detail'] : 'HTTP ' . $code, $status );
	}
	return $told;
}
