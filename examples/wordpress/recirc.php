<?php
/**
 * Plugin Name: Recirc shelves
 * Description: Related, most read and recommended articles of a Recirc server beneath each post.
 * Version: 1.0.0
 * Requires at least: 6.3
 * Requires PHP: 7.4
 * License: GPL-2.0-or-later
 *
 * Copy this file to wp-content/plugins/recirc/ and set these two in wp-config.php:
 *
 *     define( 'RECIRC_SERVER', 'https://news.example' );
 *     define( 'RECIRC_KEY', 'sk_example' );   // recirc key create wordpress --site https://www.harbour.example
 */

defined( 'ABSPATH' ) || exit;

const RECIRC_KINDS = array( 'related', 'ranking', 'recommendation' );

/** One shelf; also as [recirc kind="ranking" slots="5" heading="Most read"]. */
function recirc_shelf( $given ) {
	$given = shortcode_atts( array( 'kind' => 'related', 'slots' => 4, 'heading' => '' ), $given, 'recirc' );
	$kind  = in_array( $given['kind'], RECIRC_KINDS, true ) ? $given['kind'] : 'related';
	$slots = max( 1, min( 20, (int) $given['slots'] ) );
	return sprintf(
		'<recirc-shelf class="recirc-%2$d" kind="%1$s" slots="%2$d" key="%3$s"%4$s></recirc-shelf>',
		esc_attr( $kind ),
		$slots,
		esc_attr( defined( 'RECIRC_KEY' ) ? RECIRC_KEY : '' ),
		$given['heading'] ? ' heading="' . esc_attr( $given['heading'] ) . '"' : ''
	);
}
add_shortcode( 'recirc', 'recirc_shelf' );

/** Script and reserved space, where a post is shown by itself. */
function recirc_assets() {
	if ( ! is_single() || ! defined( 'RECIRC_SERVER' ) ) {
		return;
	}
	wp_enqueue_script( 'recirc', RECIRC_SERVER . '/embed.js', array(), null, array( 'strategy' => 'async' ) );
	wp_register_style( 'recirc', false, array(), null );
	wp_enqueue_style( 'recirc' );
	wp_add_inline_style( 'recirc', '@media (scripting:enabled){.recirc-4{display:block;min-height:22.4em}}' );
}
add_action( 'wp_enqueue_scripts', 'recirc_assets' );

/** A shelf beneath each post. */
function recirc_beneath( $content ) {
	$here = is_single() && in_the_loop() && is_main_query() && defined( 'RECIRC_SERVER' );
	return $here ? $content . recirc_shelf( array() ) : $content;
}
add_filter( 'the_content', 'recirc_beneath' );
