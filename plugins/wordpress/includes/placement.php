<?php
/**
 * Shelves beneath posts, by type; where there are none; the box beside a post.
 *
 * @package Recirc
 */

defined( 'ABSPATH' ) || exit;

/** Numbers, slugs or names in a setting, which commas divide. */
function recirc_listed( $name ) {
	return array_filter( array_map( 'trim', explode( ',', (string) recirc_option( $name ) ) ) );
}

/** Whether a post gets no shelves of itself. */
function recirc_excluded( $post ) {
	if ( get_post_meta( $post->ID, '_recirc_off', true ) || in_array( (string) $post->ID, recirc_listed( 'no_posts' ), true ) ) {
		return true;
	}
	$cats = recirc_listed( 'no_cats' );
	$tags = recirc_listed( 'no_tags' );
	return ( $cats && has_category( $cats, $post ) ) || ( $tags && has_tag( $tags, $post ) );
}

/** The text of a post with its shelves. */
function recirc_placed( $content ) {
	$post = get_post();
	// Not in lists, and not where an excerpt is made of the text. (In block themes before 6.4 there is no loop.)
	$whole = $post && get_queried_object_id() === $post->ID && is_singular( (array) recirc_option( 'types' ) );
	if ( ! $whole || doing_filter( 'get_the_excerpt' ) || recirc_excluded( $post ) ) {
		return $content;
	}
	// A shelf that somebody has put in by hand is enough.
	if ( has_shortcode( $post->post_content, 'recirc' ) || has_block( 'recirc/shelf', $post ) ) {
		return $content;
	}
	foreach ( (array) recirc_option( 'kinds' ) as $kind ) {
		$content .= recirc_shelf( array( 'kind' => $kind ) );
	}
	return $content;
}

add_filter( 'the_content', 'recirc_placed', 20 );

add_action(
	'add_meta_boxes',
	function () {
		add_meta_box( 'recirc', 'Recirc', 'recirc_post_box', (array) recirc_option( 'types' ), 'side' );
	}
);

/** The box beside a post. */
function recirc_post_box( $post ) {
	wp_nonce_field( 'recirc_post', 'recirc_post_nonce' );
	printf(
		'<p><label><input type="checkbox" name="recirc_off" value="1" %s> %s</label></p>',
		checked( (bool) get_post_meta( $post->ID, '_recirc_off', true ), true, false ),
		esc_html__( 'No shelves beneath this post', 'recirc' )
	);
	$readers = 'publish' === $post->post_status ? recirc_readers( array( $post->ID ) ) : array();
	if ( isset( $readers[ $post->ID ] ) ) {
		/* translators: %s: number of readers. */
		printf( '<p>' . esc_html__( 'Readers in 24 hours: %s', 'recirc' ) . '</p>', esc_html( number_format_i18n( $readers[ $post->ID ] ) ) );
	}
}

add_action(
	'save_post',
	function ( $id ) {
		$nonce = isset( $_POST['recirc_post_nonce'] ) ? sanitize_key( $_POST['recirc_post_nonce'] ) : '';
		if ( ! wp_verify_nonce( $nonce, 'recirc_post' ) || ! current_user_can( 'edit_post', $id ) ) {
			return;
		}
		if ( empty( $_POST['recirc_off'] ) ) {
			delete_post_meta( $id, '_recirc_off' );
		} else {
			update_post_meta( $id, '_recirc_off', '1' );
		}
	}
);
