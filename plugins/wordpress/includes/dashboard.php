<?php
/**
 * The dashboard's widget: what is most read here.
 *
 * @package Recirc
 */

defined( 'ABSPATH' ) || exit;

/** How many articles it shows. */
const RECIRC_ON_DASHBOARD = 10;

add_action(
	'wp_dashboard_setup',
	function () {
		if ( recirc_option( 'server' ) && current_user_can( 'edit_posts' ) ) {
			wp_add_dashboard_widget( 'recirc_most_read', __( 'Most read here, 24 h', 'recirc' ), 'recirc_dashboard' );
		}
	}
);

/** The posts that have these ids on the server, by id there. */
function recirc_posts_of( $articles ) {
	$found = array();
	foreach ( $articles as $article ) {
		// The server's ids are addresses without a slash at their end, with https.
		$post = url_to_postid( set_url_scheme( $article, wp_parse_url( home_url(), PHP_URL_SCHEME ) ) );
		if ( $post ) {
			$found[ $article ] = $post;
		}
	}
	return $found;
}

/** The widget. */
function recirc_dashboard() {
	$rows = recirc_most_read();
	if ( is_wp_error( $rows ) ) {
		/* translators: %s: an error. */
		printf( '<p>' . esc_html__( 'The server does not say it now: %s', 'recirc' ) . '</p>', esc_html( $rows->get_error_message() ) );
		return;
	}
	if ( ! $rows ) {
		echo '<p>' . esc_html__( 'Nothing has been read in the last 24 hours.', 'recirc' ) . '</p>';
		return;
	}
	$rows  = array_slice( $rows, 0, RECIRC_ON_DASHBOARD );
	$posts = recirc_posts_of( wp_list_pluck( $rows, 'article' ) );
	printf(
		'<table class="widefat striped"><caption class="screen-reader-text">%s</caption><thead><tr><th scope="col">%s</th><th scope="col">%s</th></tr></thead><tbody>',
		esc_html__( 'Most read here, 24 h', 'recirc' ),
		esc_html__( 'Article', 'recirc' ),
		esc_html__( 'Readers', 'recirc' )
	);
	foreach ( $rows as $row ) {
		$post = isset( $posts[ $row['article'] ] ) ? $posts[ $row['article'] ] : 0;
		$link = $post && current_user_can( 'edit_post', $post ) ? get_edit_post_link( $post ) : ( $post ? get_permalink( $post ) : '' );
		$text = $post ? get_the_title( $post ) : $row['headline'];
		echo '<tr><th scope="row">';
		if ( $link ) {
			printf( '<a href="%s">%s</a>', esc_url( $link ), esc_html( $text ) );
		} else {
			echo esc_html( $text );
		}
		printf( '</th><td>%s</td></tr>', esc_html( number_format_i18n( $row['readers'] ) ) );
	}
	echo '</tbody></table>';
}
