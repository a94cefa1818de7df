<?php
/**
 * Shelves beneath posts, by type; where there are none.
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
