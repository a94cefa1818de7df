<?php
/**
 * Plugin Name: Recirc
 * Description: Tells Recirc at once what is published, changed or removed.
 * Version: 0.1.0
 * Requires at least: 5.3
 * Requires PHP: 7.2
 * License: MIT
 *
 * Set in wp-config.php:
 *   define( 'RECIRC_HOOK', 'https://news.example/v1/hooks/…' ); // as recirc sources list shows it
 *   define( 'RECIRC_SECRET', '…' );                              // the secret of the source
 */

if ( ! defined( 'ABSPATH' ) ) {
	exit;
}

/** Posts that changed in this request, by id: sent once, at its end, when all that belongs to them is saved. */
$recirc_changed = array();

/** Sends a message about a post; a failure costs nothing, since Recirc polls as well. */
function recirc_send( $event, $post ) {
	$body = wp_json_encode( array( 'event' => $event, 'post' => $post ) );
	wp_remote_post(
		RECIRC_HOOK,
		array(
			'body'     => $body,
			'blocking' => false,
			'timeout'  => 2,
			'headers'  => array(
				'Content-Type'       => 'application/json',
				'X-Recirc-Signature' => 'sha256=' . hash_hmac( 'sha256', $body, RECIRC_SECRET ),
			),
		)
	);
}

/** Remembers a post that was or is published. */
function recirc_note( $new, $old, $post ) {
	global $recirc_changed;
	if ( 'post' === $post->post_type && ( 'publish' === $new || 'publish' === $old ) ) {
		$recirc_changed[ $post->ID ] = ( 'publish' === $new ) ? ( 'publish' === $old ? 'update' : 'publish' ) : $new;
	}
}

/** A post that is deleted for good leaves nothing to be read at the end of the request. */
function recirc_deleted( $id, $post = null ) {
	global $recirc_changed;
	$post = $post ? $post : get_post( $id );
	if ( $post && 'post' === $post->post_type && 'publish' === $post->post_status ) {
		unset( $recirc_changed[ $id ] );
		recirc_send( 'delete', array( 'id' => $id, 'link' => get_permalink( $post ) ) );
	}
}

/** Sends what changed, as a visitor who is not logged in would read it. */
function recirc_flush() {
	global $recirc_changed;
	foreach ( $recirc_changed as $id => $event ) {
		if ( 'publish' !== $event && 'update' !== $event ) {
			recirc_send( $event, array( 'id' => $id, 'link' => get_permalink( $id ) ) );
			continue;
		}
		$user = get_current_user_id();
		wp_set_current_user( 0 );
		$answer = rest_do_request( new WP_REST_Request( 'GET', '/wp/v2/posts/' . $id ) );
		if ( $answer->is_error() ) {
			recirc_send( 'private', array( 'id' => $id ) );
		} else {
			recirc_send( $event, rest_get_server()->response_to_data( $answer, true ) );
		}
		wp_set_current_user( $user );
	}
	$recirc_changed = array();
}

if ( defined( 'RECIRC_HOOK' ) && defined( 'RECIRC_SECRET' ) ) {
	add_action( 'transition_post_status', 'recirc_note', 10, 3 );
	add_action( 'before_delete_post', 'recirc_deleted', 10, 2 );
	add_action( 'shutdown', 'recirc_flush' );
}
