<?php
/**
 * Tells Recirc at once what is published, changed or removed.
 *
 * @package Recirc
 */

defined( 'ABSPATH' ) || exit;

// Activation and WP-CLI load plugins within a function.
global $recirc_changed, $recirc_deleted;

/** Posts that changed in this request, by id: sent once, at its end, when all that belongs to them is saved. */
$recirc_changed = array();

/** Messages about posts that were deleted for good in this request, of which nothing is left at its end. */
$recirc_deleted = array();

/** Messages that are sent together: an editor who changes many posts at once waits for few requests. */
const RECIRC_MOST = 20;

/**
 * Sends messages about posts; a failure costs nothing, since Recirc polls as well.
 *
 * @param array $messages as recirc_message makes them.
 * @param bool  $wait     whether the answer is awaited.
 * @return array|WP_Error what wp_remote_post returns.
 */
function recirc_send( $messages, $wait = false ) {
	$body = wp_json_encode( 1 === count( $messages ) ? $messages[0] : $messages );
	return wp_remote_post(
		recirc_hook(),
		array(
			'body'     => $body,
			'blocking' => $wait,
			'timeout'  => $wait ? 60 : 2,
			'headers'  => array(
				'Content-Type'       => 'application/json',
				'X-Recirc-Signature' => 'sha256=' . hash_hmac( 'sha256', $body, recirc_option( 'secret' ) ),
			),
		)
	);
}

/** Whether there is somewhere to send to. */
function recirc_pushes() {
	return recirc_hook() && recirc_option( 'secret' );
}

/** Remembers a post that was or is published. */
function recirc_note( $new, $old, $post ) {
	global $recirc_changed;
	if ( 'post' === $post->post_type && ( 'publish' === $new || 'publish' === $old ) ) {
		$recirc_changed[ $post->ID ] = ( 'publish' === $new ) ? ( 'publish' === $old ? 'update' : 'publish' ) : $new;
	}
}

/** A post that is deleted for good leaves nothing to be read at the end of the request. */
function recirc_note_deleted( $id, $post = null ) {
	global $recirc_changed, $recirc_deleted;
	$post = $post ? $post : get_post( $id );
	if ( $post && 'post' === $post->post_type && 'publish' === $post->post_status ) {
		unset( $recirc_changed[ $id ] );
		$recirc_deleted[] = recirc_message(
			'delete', array(
				'id'   => $id,
				'link' => get_permalink( $post ),
			)
		);
	}
}

/** A message: what happened to a post, and the post, or its number and address. */
function recirc_message( $event, $post ) {
	return array(
		'event' => $event,
		'post'  => $post,
	);
}

/** What happened to a post, with the post as a visitor who is not logged in would read it. */
function recirc_described( $id, $event ) {
	if ( 'publish' !== $event && 'update' !== $event ) {
		return recirc_message(
			$event, array(
				'id'   => $id,
				'link' => get_permalink( $id ),
			)
		);
	}
	$user = get_current_user_id();
	wp_set_current_user( 0 );
	$answer = rest_do_request( new WP_REST_Request( 'GET', '/wp/v2/posts/' . $id ) );
	$post   = $answer->is_error() ? null : rest_get_server()->response_to_data( $answer, true );
	wp_set_current_user( $user );
	return $post ? recirc_message( $event, $post ) : recirc_message( 'private', array( 'id' => $id ) );
}

/** Sends what changed in this request. */
function recirc_flush() {
	global $recirc_changed, $recirc_deleted;
	$messages = $recirc_deleted;
	foreach ( $recirc_changed as $id => $event ) {
		$messages[] = recirc_described( $id, $event );
	}
	foreach ( array_chunk( $messages, RECIRC_MOST ) as $chunk ) {
		recirc_send( $chunk );
	}
	$recirc_changed = array();
	$recirc_deleted = array();
}

add_action(
	'plugins_loaded',
	function () {
		if ( recirc_pushes() ) {
			add_action( 'transition_post_status', 'recirc_note', 10, 3 );
			add_action( 'before_delete_post', 'recirc_note_deleted', 10, 2 );
			add_action( 'shutdown', 'recirc_flush' );
		}
	}
);
