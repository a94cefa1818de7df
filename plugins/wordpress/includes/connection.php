<?php
/**
 * "Test connection": which of address, key, origin, webhook and REST is wrong, and what to do.
 *
 * @package Recirc
 */

defined( 'ABSPATH' ) || exit;

/** What was tried: for each a name, whether it works, and what to do. */
function recirc_connection() {
	$health = wp_remote_get( recirc_address( 'healthz' ), array( 'timeout' => 5 ) );
	if ( ! recirc_option( 'server' ) || is_wp_error( $health ) || 200 !== wp_remote_retrieve_response_code( $health ) ) {
		$why = is_wp_error( $health ) ? $health->get_error_message() : 'HTTP ' . wp_remote_retrieve_response_code( $health );
		/* translators: %s: an error. */
		return array( array( __( 'Address', 'recirc' ), false, sprintf( __( 'The server does not answer there (%s). Is the address right, and is it running?', 'recirc' ), $why ) ) );
	}
	return array_merge(
		array( array( __( 'Address', 'recirc' ), true, '' ) ),
		recirc_connection_key(),
		array( recirc_connection_hook(), recirc_connection_rest() )
	);
}

/** The site key, and whether it is for this site. */
function recirc_connection_key() {
	$told = recirc_option( 'key' ) ? recirc_ask(
		array(
			'shelf' => array( 'ranking' ),
			'slots' => 1,
		)
	) : new WP_Error( 'recirc_401', __( 'None is set.', 'recirc' ) );
	if ( ! is_wp_error( $told ) ) {
		return array( array( __( 'Key', 'recirc' ), true, '' ), array( __( 'Origin', 'recirc' ), true, recirc_origin() ) );
	}
	if ( 'recirc_403' === $told->get_error_code() ) {
		return array( array( __( 'Key', 'recirc' ), true, '' ), array( __( 'Origin', 'recirc' ), false, $told->get_error_message() ) );
	}
	return array( array( __( 'Key', 'recirc' ), false, $told->get_error_message() ) );
}

/** The webhook and its secret: an empty message. */
function recirc_connection_hook() {
	$name = __( 'Webhook', 'recirc' );
	if ( ! recirc_pushes() ) {
		return array( $name, false, __( 'Webhook or secret is not set: posts are only read when the server polls.', 'recirc' ) );
	}
	$answer = recirc_send( array(), true );
	if ( is_wp_error( $answer ) ) {
		return array( $name, false, $answer->get_error_message() );
	}
	$code = wp_remote_retrieve_response_code( $answer );
	if ( 404 === $code ) {
		return array( $name, false, __( 'The server has no such webhook; "recirc sources list" shows it.', 'recirc' ) );
	}
	if ( 401 === $code ) {
		return array( $name, false, __( 'The secret is another one than that of the source.', 'recirc' ) );
	}
	return array( $name, $code < 500, $code < 500 ? '' : 'HTTP ' . $code );
}

/** Whether others can read this site's REST API, by which the server polls. */
function recirc_connection_rest() {
	$answer = wp_remote_get( rest_url( 'wp/v2/posts?per_page=1' ), array( 'timeout' => 5 ) );
	$code   = is_wp_error( $answer ) ? $answer->get_error_message() : wp_remote_retrieve_response_code( $answer );
	if ( 200 === $code ) {
		return array( 'REST', true, '' );
	}
	/* translators: %s: an error. */
	return array( 'REST', false, sprintf( __( 'The REST API of this site cannot be read without a password (%s). Does a security plugin block it?', 'recirc' ), $code ) );
}

/** The button, and what the last test found. */
function recirc_connection_box() {
	echo '<h2>' . esc_html__( 'Test connection', 'recirc' ) . '</h2><form action="' . esc_url( admin_url( 'admin-post.php' ) ) . '" method="post"><input type="hidden" name="action" value="recirc_test">';
	wp_nonce_field( 'recirc_test' );
	submit_button( __( 'Test connection', 'recirc' ), 'secondary', 'recirc-test', false );
	echo '</form>';
	$found = get_transient( 'recirc_tested_' . get_current_user_id() );
	if ( is_array( $found ) ) {
		echo '<ul id="recirc-tested" role="status">';
		foreach ( $found as $row ) {
			printf( '<li>%s <strong>%s</strong> %s</li>', esc_html( $row[1] ? '✓' : '✗' ), esc_html( $row[0] ), esc_html( $row[2] ) );
		}
		echo '</ul>';
	}
}

add_action(
	'admin_post_recirc_test',
	function () {
		check_admin_referer( 'recirc_test' );
		if ( ! current_user_can( 'manage_options' ) ) {
			wp_die( esc_html__( 'You may not do this.', 'recirc' ), 403 );
		}
		set_transient( 'recirc_tested_' . get_current_user_id(), recirc_connection(), 300 );
		wp_safe_redirect( admin_url( 'options-general.php?page=recirc#recirc-test' ) );
		exit;
	}
);
