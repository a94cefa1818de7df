<?php
/**
 * All posts at once: a button with progress, and a command of WP-CLI.
 *
 * @package Recirc
 */

defined( 'ABSPATH' ) || exit;

/** The ids of all published posts, the newest first. */
function recirc_import_ids( $offset, $number ) {
	$query = new WP_Query(
		array(
			'post_type'      => 'post',
			'post_status'    => 'publish',
			'has_password'   => false,
			'fields'         => 'ids',
			'orderby'        => 'ID',
			'order'          => 'DESC',
			'offset'         => $offset,
			'posts_per_page' => $number,
		)
	);
	return array( $query->posts, (int) $query->found_posts );
}

/** Send the posts after the first $offset; how many are sent now, how many there are; WP_Error: why none. */
function recirc_import( $offset ) {
	list( $ids, $total ) = recirc_import_ids( $offset, RECIRC_MOST );
	if ( $ids ) {
		$messages = array();
		foreach ( $ids as $id ) {
			$messages[] = recirc_described( $id, 'publish' );
		}
		$answer = recirc_send( $messages, true );
		if ( is_wp_error( $answer ) ) {
			return $answer;
		}
		if ( 202 !== wp_remote_retrieve_response_code( $answer ) ) {
			$told = json_decode( wp_remote_retrieve_body( $answer ), true );
			return new WP_Error( 'recirc', isset( $told['detail'] ) ? $told['detail'] : 'HTTP ' . wp_remote_retrieve_response_code( $answer ) );
		}
	}
	return array(
		'done'  => $offset + count( $ids ),
		'total' => $total,
	);
}

add_action(
	'wp_ajax_recirc_import',
	function () {
		check_ajax_referer( 'recirc_import' );
		if ( ! current_user_can( 'manage_options' ) ) {
			wp_send_json_error( __( 'You may not do this.', 'recirc' ), 403 );
		}
		$done = recirc_import( isset( $_POST['offset'] ) ? absint( $_POST['offset'] ) : 0 );
		if ( is_wp_error( $done ) ) {
			wp_send_json_error( $done->get_error_message() );
		}
		wp_send_json_success( $done );
	}
);

add_action(
	'admin_enqueue_scripts',
	function ( $page ) {
		if ( 'settings_page_recirc' === $page ) {
			wp_enqueue_script( 'recirc-import', plugins_url( 'assets/import.js', RECIRC_FILE ), array(), RECIRC_VERSION, true );
		}
	}
);

/** The button and its progress. */
function recirc_import_box() {
	echo '<h2>' . esc_html__( 'Send all posts', 'recirc' ) . '</h2><p>' . esc_html__( 'New and changed posts are sent by themselves; this sends those that were there before.', 'recirc' ) . '</p>';
	printf(
		'<p><button class="button" id="recirc-import" data-url="%s" data-nonce="%s" data-done="%s" data-ready="%s" disabled>%s</button> <progress id="recirc-progress" hidden aria-label="%s"></progress> <span id="recirc-said" role="status"></span></p>',
		esc_url( admin_url( 'admin-ajax.php' ) ),
		esc_attr( wp_create_nonce( 'recirc_import' ) ),
		esc_attr__( 'All posts are sent.', 'recirc' ),
		recirc_pushes() ? '1' : '',
		esc_html__( 'Send all posts', 'recirc' ),
		esc_attr__( 'Posts sent', 'recirc' )
	);
}

if ( defined( 'WP_CLI' ) && WP_CLI ) {
	WP_CLI::add_command(
		'recirc import',
		function () {
			if ( ! recirc_pushes() ) {
				WP_CLI::error( 'Set webhook and secret first: Settings, Recirc.' );
			}
			$offset = 0;
			do {
				$done = recirc_import( $offset );
				if ( is_wp_error( $done ) ) {
					WP_CLI::error( $done->get_error_message() );
				}
				$offset = $done['done'];
				WP_CLI::log( $offset . ' / ' . $done['total'] );
			} while ( $offset < $done['total'] );
			WP_CLI::success( $offset . ' posts sent.' );
		},
		array( 'shortdesc' => 'Send all published posts to Recirc.' )
	);
}
