<?php
/**
 * The widget, for themes with sidebars.
 *
 * @package Recirc
 */

defined( 'ABSPATH' ) || exit;

/** A shelf in a sidebar, on any page. */
class Recirc_Widget extends WP_Widget {
	/** Name and description. */
	public function __construct() {
		parent::__construct( 'recirc', 'Recirc', array( 'description' => __( 'Related, most read or read next.', 'recirc' ) ) );
	}

	/** What readers see. */
	public function widget( $args, $instance ) {
		$html = recirc_shelf( array_filter( (array) $instance ) );
		if ( '' !== $html ) {
			echo $args['before_widget'] . $html . $args['after_widget']; // phpcs:ignore WordPress.Security.EscapeOutput, WordPress.XSS.EscapeOutput -- escaped where it is made.
		}
	}

	/** Its settings. */
	public function form( $instance ) {
		$kind = isset( $instance['kind'] ) ? $instance['kind'] : 'ranking';
		printf( '<p><label>%s <select name="%s">', esc_html__( 'Shelf', 'recirc' ), esc_attr( $this->get_field_name( 'kind' ) ) );
		foreach ( recirc_kinds() as $name => $title ) {
			printf( '<option value="%s" %s>%s</option>', esc_attr( $name ), selected( $kind, $name, false ), esc_html( $title ) );
		}
		printf(
			'</select></label></p><p><label>%s <input type="number" min="1" max="20" name="%s" value="%d"></label></p>',
			esc_html__( 'Items', 'recirc' ),
			esc_attr( $this->get_field_name( 'slots' ) ),
			isset( $instance['slots'] ) ? (int) $instance['slots'] : 5
		);
		return '';
	}

	/** What is kept of them. */
	public function update( $new_instance, $old_instance ) {
		return array(
			'kind'  => array_key_exists( $new_instance['kind'], recirc_kinds() ) ? $new_instance['kind'] : 'ranking',
			'slots' => max( 1, min( 20, (int) $new_instance['slots'] ) ),
		);
	}
}

add_action(
	'widgets_init',
	function () {
		register_widget( 'Recirc_Widget' );
	}
);
